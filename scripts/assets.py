"""Copies what pages load (htmx, Bootstrap, its icons) into app/static/vendor: no CDN, no Node.

Run by the environment's Python: `make assets`. `make run` and `make test` do it when a pin has changed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "app" / "static" / "vendor"
STAMP = VENDOR / "versions.json"

_FROM_HTMX = {"htmx-2.min.js": "htmx.min.js", "ext/hx-sse-2.min.js": "sse.js"}
_FROM_BOOTSTRAP = {
    "css/bootstrap.min.css": "bootstrap.min.css",
    "css/font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
    "css/font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
    "css/font/fonts/bootstrap-icons.woff": "fonts/bootstrap-icons.woff",
    "icons/bootstrap-icons.svg": "bootstrap-icons.svg",
}
_BUNDLE = ("umd/popper.min.js", "js/bootstrap.min.js")  # Bootstrap's script looks for Popper beside it


def is_current() -> bool:
    """Are all files there, from the versions that are pinned now?"""
    files = [*_FROM_HTMX.values(), *_FROM_BOOTSTRAP.values(), "bootstrap.bundle.min.js"]
    if not STAMP.is_file() or not all((VENDOR / name).is_file() for name in files):
        return False
    return bool(json.loads(STAMP.read_text()).get("pins") == _pins())


def copy_all() -> dict[str, str]:
    """Put every file in place.

    Returns: what is there now, name of the library to version.
    Raises SystemExit: with pip's words when the wheel cannot be had, or Bootstrap-Flask is not installed.
    """
    VENDOR.mkdir(parents=True, exist_ok=True)
    versions = {**_copy_bootstrap(), **_copy_htmx()}
    STAMP.write_text(json.dumps({"pins": _pins(), "versions": versions}, indent=2) + "\n")
    return versions


def _copy_bootstrap() -> dict[str, str]:
    spec = importlib.util.find_spec("flask_bootstrap")
    if spec is None or spec.origin is None:
        sys.exit("Bootstrap-Flask is not installed. Run this with the environment's Python: make assets")
    source = Path(spec.origin).parent / "static" / "bootstrap5"
    for name, target in _FROM_BOOTSTRAP.items():
        _place(source / name, target)
    scripts = [_without_map(source / name) for name in _BUNDLE]
    (VENDOR / "bootstrap.bundle.min.js").write_text("\n".join(scripts))
    return {
        "bootstrap": _version(r"v(\d+\.\d+\.\d+)", VENDOR / "bootstrap.min.css"),
        "bootstrap-icons": _version(r"v(\d+\.\d+\.\d+)", VENDOR / "bootstrap-icons.min.css"),
        "Bootstrap-Flask": importlib.metadata.version("Bootstrap-Flask"),
    }


def _copy_htmx() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        wanted = [
            "--no-deps",
            "--no-compile",
            "--target",
            folder,
            "-r",
            str(ROOT / "requirements-assets.txt"),
        ]
        done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        source = Path(folder) / "django_htmx" / "static" / "django_htmx"
        for name, target in _FROM_HTMX.items():
            _place(source / name, target)
    return {"htmx": _version(r'version:"(\d+\.\d+\.\d+)"', VENDOR / "htmx.min.js")}


def _place(source: Path, target: str) -> None:
    (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in {".css", ".js"}:
        (VENDOR / target).write_text(_without_map(source))
    else:
        shutil.copyfile(source, VENDOR / target)


def _without_map(source: Path) -> str:
    """The file without its pointer to a source map, which we do not serve and browsers would ask for."""
    return re.sub(r"(//|/\*)# sourceMappingURL=\S+( ?\*/)?", "", source.read_text()).rstrip() + "\n"


def _version(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found.group(1) if found else "unknown"


def _pins() -> str:
    """Changes when a package that we copy from is pinned anew, or when this file is changed."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    bootstrap = [line for line in lines if line.lower().startswith("bootstrap-flask")]
    parts = [*bootstrap, (ROOT / "requirements-assets.txt").read_text(), Path(__file__).read_text()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


if __name__ == "__main__":
    for library, version in copy_all().items():
        print(f"{library} {version}")
