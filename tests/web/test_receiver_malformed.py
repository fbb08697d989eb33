"""Malformed bodies at both addresses of the receiver: none gives a 5xx, and no signed one is lost."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.access.scope import EVERYTHING
from app.db import db
from app.models import Message, QuarantinedMessage, Receipt, RefusedCall
from app.vocabulary import CallFault, MessageState
from tests import make
from tests.signed import FORMS

BOTH = pytest.mark.parametrize("where", ["own", "legacy"])
_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(),
    st.text(max_size=40),
    st.text(alphabet="0123456789+", max_size=20),
    st.sampled_from(["\x00", "\ud800", "true", "12019920781", "x" * 200, "9" * 64]),
)
_VALUE = st.recursive(
    _JUNK, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def mostly(good, bad=_VALUE):
    """Four in five as the carrier writes it: one wrong field is told from many only when the others fit."""
    return st.integers(0, 4).flatmap(lambda n: good if n else bad)


_ADDRESS = st.sampled_from(["12019920781", 12019920781, "12125550142", "12345", "ACME", "+442071838750"])
_NEAR = st.fixed_dictionaries(
    {"referenceId": mostly(st.text(min_size=1, max_size=130))},
    optional={
        "from": mostly(_ADDRESS),
        "to": mostly(st.lists(_ADDRESS, max_size=80), st.one_of(_VALUE, st.lists(_JUNK, max_size=80))),
        "text": mostly(st.one_of(st.just("id:1 stat:DELIVRD err:000"), st.text(max_size=300))),
        "mediaUrls": mostly(st.lists(st.text(max_size=60), max_size=5)),
        "deliveryReceipt": mostly(st.sampled_from([True, False, "true", "TRUE", "false"])),
        "surprise": _VALUE,
    },
)
_BYTES = st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda s: s.encode("utf-8", "replace")))
_BODIES = {"bytes": (_BYTES, 2500), "json": (_VALUE, 2500), "nearly a call": (_NEAR, 5000)}


@BOTH
@pytest.mark.parametrize("kind", _BODIES)
def test_malformed_bodies_never_give_a_5xx(real_database, post, where, kind, record_property):
    bodies, total = _BODIES[kind]
    answers: Counter[int] = Counter()
    make.attempt(make.message(state=MessageState.SENT), "sent-1")

    @settings(
        max_examples=total // 2,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies, st.sampled_from(FORMS))
    def never(body, form):
        answer = post(body, where, form=form)
        answers[answer.status_code] += 1
        assert answer.status_code in {200, 400, 401, 413}, (answer.status_code, answer.text)

    never()
    tried = sum(answers.values())
    record_property("tried", f"{tried} bodies: {dict(sorted(answers.items()))}")
    assert tried >= total // 2


_STRAY = st.one_of(
    st.sampled_from(
        [b"\x00", b"\n", b"\t", b"\x07", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b",", b'"']
    ),
    st.sampled_from(
        [rb"\u0000", rb"\ud800", b"\\", b"}", b"]", b"NaN", b"1e5", b".0", b"[" * 300, b"\x1f" * 5]
    ),
    st.binary(min_size=1, max_size=3),
)
_SPELLINGS = {
    b'"12125550142"': [
        b"1.2125550142e10",
        b"12125550142.0",
        b"12125550142",
        b"NaN",
        b"null",
        b"-1",
        b"9" * 500,
    ],
    b'["12019920781"]': [
        b"12019920781.0",
        b"[1.2019920781E+10]",
        b"[2019920781,]",
        b"[null]",
        b"{}",
        b"[[]]",
    ],
    b"false": [b'"false"', b"true", b"0", b"Infinity", b"False", b"null"],
    b'"text"': [b'"text": "twice", "text"', b"text", b"'text'", b'"from": "x", "text"'],
}


@st.composite
def _nearly_json(draw):
    """What the carrier writes, with other spellings, stray bytes, cuts and encodings."""
    body = b'{"referenceId": "REFERENCE", "from": "12125550142", "to": ["12019920781"], "text": "Hi", '
    body += b'"deliveryReceipt": false}'
    for known, others in _SPELLINGS.items():
        if draw(st.integers(0, 3)) == 0:
            body = body.replace(known, draw(st.sampled_from(others)))
    start = body.index(b"REFERENCE") + len(b"REFERENCE")  # which stays, so that each is a call of its own
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(start, len(body)))
        body = body[:place] + draw(_STRAY) + body[place:]
    how = draw(
        st.sampled_from(["as it is"] * 12 + ["cut", "mark", "utf-16", "utf-16-le", "latin-1", "twice", "NUL"])
    )
    if how == "cut":
        body = body[: draw(st.integers(start, len(body)))]
    elif how == "mark":
        body = b"\xef\xbb\xbf" + body
    elif how.startswith("utf-16"):
        body = body.decode("utf-8", "replace").encode(how)
    elif how == "latin-1":
        body = body.replace(b"Hi", b"H\xef")
    elif how == "twice":
        body += body
    elif how == "NUL":
        body += b"\0\0"
    return body


def test_of_nearly_json_bodies_none_is_lost(real_database, post, record_property):
    """D34: each is a text, a receipt or quarantined and answered 200, or kept raw and answered 400."""
    total, serial, known = 10_000, count(1), [0]
    answers: Counter[str] = Counter()

    def newest() -> int:
        """Grows with every row that is kept."""
        ends = [
            select(func.max(model.id)).scalar_subquery() for model in (Message, QuarantinedMessage, Receipt)
        ]
        row = db.session.execute(select(*ends), execution_options={"scope": EVERYTHING}).one()
        return sum(end or 0 for end in row)

    @settings(max_examples=total, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_nearly_json())
    def never(body):
        body = body.replace(b"REFERENCE", b"r-%d-" % next(serial))
        body = body.replace("REFERENCE".encode("utf-16-le"), f"r-{next(serial)}-".encode("utf-16-le"))
        answer = post(body)
        assert answer.status_code in {200, 400}, (answer.status_code, body)
        db.session.rollback()
        if answer.status_code == 200:
            kept = newest()
            assert kept > known[0], body
            known[0] = kept
        else:
            last = select(RefusedCall).order_by(RefusedCall.id.desc()).limit(1)
            call = db.session.scalars(last, execution_options={"scope": EVERYTHING}).one()
            assert (call.payload, call.fault, call.is_signed) == (body, CallFault.UNREADABLE, True)
        answers[f"{answer.status_code}"] += 1

    never()
    tried = sum(answers.values())
    record_property("tried", f"{tried} bodies: {dict(sorted(answers.items()))}")
    assert tried >= total
    assert min(answers["200"], answers["400"]) > total // 20, "one kind is hardly tried"
