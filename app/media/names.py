"""Names of files, which strangers choose: one line, no path, nothing that a disk or a page minds."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
_NOT_ON_A_DISK = re.compile(r'[<>:"|?*]+')
_ENDING = re.compile(r"\.(\w{1,10})$")
_ALSO = {"jpg": "jpeg"}
# Controls, marks that turn the direction of what follows, halves of characters, private ones.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})


def tidy(name: str, ending: str = "") -> str:
    """The name as it is kept, shown and downloaded, LONGEST characters at most; "file" where nothing is left.

    `ending`, without its dot, is what it then ends with, in place of what it had.
    """
    plain = _one_line(name).strip(" .")
    found = _ENDING.search(plain)
    stem, own = (plain[: found.start()], found[1]) if found else (plain, "")
    if ending:
        own = own.lower() if own.lower() in {ending, _ALSO.get(ending)} else ending
    stem = (stem.rstrip(" .") or "file")[: LONGEST - 1 - len(own)]
    return f"{stem}.{own}" if own else stem


def _one_line(name: str) -> str:
    """Its last part: names that come with a path are those of somebody's folders."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    seen = (" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(_NOT_ON_A_DISK.sub("_", "".join(seen)).split())
