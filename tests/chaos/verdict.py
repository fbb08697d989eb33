"""What became of every text: lost, twice, out of order, or as it should be."""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text

from app.access.scope import EVERYTHING, visible
from app.db import db
from app.models import Attempt, Message, QuarantinedMessage, UnsettledEvent
from app.vocabulary import Direction, MessageState
from tests.chaos import pictures
from tests.chaos.traffic import Traffic
from tests.chaos.world import World

_UNDER_WAY = [MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING]
_GONE = {MessageState.SENT, MessageState.DELIVERED}


def wait_until_settled(world: World, seconds: float) -> list[str]:
    """Until no text is under way and the carrier has told everything. Returns what still is."""
    until = time.monotonic() + seconds
    while True:
        left = _under_way(world)
        left["calls that the carrier has not made"] = int(world.sandbox.state()["pending_webhooks"])
        if not left.total() or time.monotonic() > until:
            return [f"{count} {what} after {seconds:.0f} s" for what, count in left.items() if count]
        time.sleep(2)


def _under_way(world: World) -> Counter[str]:
    with world.app.app_context():
        texts = visible(Message, EVERYTHING).where(Message.state.in_(_UNDER_WAY))
        events = select(func.count()).select_from(UnsettledEvent)
        return Counter(
            {
                "texts under way": db.session.scalar(texts.with_only_columns(func.count())) or 0,
                "calls of the carrier not settled": db.session.scalar(events) or 0,
                "files not fetched": pictures.waiting(),
            }
        )


def logged(world: World) -> Counter[str]:
    """Errors that our processes logged: what was said, and the exception's last line."""
    found: Counter[str] = Counter()
    for path in (world.data_dir / "logs").glob("*.log"):
        for line in path.read_text(errors="replace").splitlines():
            if kind := _error_in(line):
                found[f"{path.stem}: {kind}"] += 1
    return found


def _error_in(line: str) -> str:
    """What kind of error a line of a log tells; "" for none."""
    try:
        entry = json.loads(line)
    except ValueError:  # what gunicorn says
        return "a request ended outside of the application" if "Error handling request" in line else ""
    if entry.get("level") not in {"error", "critical"}:
        return ""
    said = f"{entry.get('event', '')}\n{entry.get('exception', '')}".strip()
    names = re.findall(r"^[\w.]+(?:Error|Exception|Away|Timeout)\b", said, re.MULTILINE)
    first = re.sub(r"[0-9a-f-]{16,}|\d+", "…", said.partition("\n")[0])
    return f"{first[:100]} {names[-1] if names else ''}".strip()


def judge(world: World, traffic: Traffic) -> tuple[Counter[str], list[str]]:
    """How many of each, and every sentence that says what is wrong."""
    with world.app.app_context():
        rows = list(db.session.scalars(visible(Message, EVERYTHING).order_by(Message.id)))
        uncertain = db.session.scalar(text("SELECT count(*) FROM attempts WHERE outcome = 'uncertain'")) or 0
        attempts = db.session.scalar(select(func.count()).select_from(Attempt)) or 0
        quarantined = [
            f"{one.carrier_reference} for {one.number!r}"
            for one in db.session.scalars(visible(QuarantinedMessage, EVERYTHING))
        ]
        db.session.remove()
    counts: Counter[str] = Counter(
        {"requests to send": attempts, "requests to send without an answer": uncertain}
    )
    wrong = [f"{len(traffic.unanswered)} texts were never answered"] if traffic.unanswered else []
    wrong += _several("texts in quarantine", quarantined)
    wrong += _inbound([row for row in rows if row.direction is Direction.INBOUND], traffic, counts)
    accepted = world.sandbox.outbox()
    wrong += _outbound(
        [row for row in rows if row.direction is Direction.OUTBOUND], traffic, accepted, counts
    )
    for what, which in pictures.judge(world, accepted, counts).items():
        wrong += _several(what, which)
    return counts, wrong


def _inbound(rows: list[Message], traffic: Traffic, counts: Counter[str]) -> list[str]:
    found = Counter(row.carrier_reference for row in rows)
    counts["inbound kept"] = len(rows)
    lost = [one for one in traffic.inbound if not found[one]]
    twice = [one for one, times in found.items() if times > 1]
    disordered = _disordered([(row.conversation_id, row.text or "") for row in rows])
    return [
        *_several("inbound texts lost", lost),
        *_several("inbound texts shown twice", twice),
        *_several("conversations out of order", disordered),
    ]


def _outbound(
    rows: list[Message], traffic: Traffic, accepted: list[dict[str, Any]], counts: Counter[str]
) -> list[str]:
    by_reference = Counter(row.client_ref for row in rows)
    times = Counter(one["text"] for one in accepted)
    for row in rows:
        counts[f"outbound {row.state}"] += 1
        if row.state is MessageState.UNCERTAIN:
            counts["uncertain that the carrier " + ("has" if times[row.text or ""] else "has not")] += 1
    sent = [row for row in rows if row.state in _GONE and not times[row.text or ""]]
    unfetched = {one["text"] for one in accepted if any(copy["problem"] for copy in one["fetched"])}
    failed = [row for row in rows if row.state is MessageState.FAILED and times[row.text or ""]]
    failed = [row for row in failed if row.text not in unfetched]  # the carrier itself called them failed
    unknown = times.keys() - {row.text for row in rows}
    order = [(f"{one['from']} {one['to']}", one["text"]) for one in accepted]
    return [
        *_several("outbound texts lost", [one for one in traffic.outbound if not by_reference[one]]),
        *_several("outbound texts kept twice", [one for one, n in by_reference.items() if n > 1]),
        *_several("texts sent twice", [words for words, n in times.items() if n > 1]),
        *_several("texts sent that nobody knows", sorted(unknown)),
        *_several("texts called sent that the carrier has not", [row.text for row in sent]),
        *_several("texts called failed that the carrier has", [row.text for row in failed]),
        *_several("texts still under way", [row.text for row in rows if row.state in _UNDER_WAY]),
        *_several("conversations sent out of order", _disordered(order)),
    ]


def _disordered(texts: Sequence[tuple[object, str]]) -> list[object]:
    serials: dict[object, list[int]] = defaultdict(list)
    for where, words in texts:
        found = re.match(r"(\d+) ", words)
        if found:
            serials[where].append(int(found[1]))
    return [where for where, found in serials.items() if found != sorted(found)]


def _several(what: str, which: Sequence[object]) -> list[str]:
    return [f"{len(which)} {what}: {', '.join(str(one) for one in which[:5])}"] if which else []
