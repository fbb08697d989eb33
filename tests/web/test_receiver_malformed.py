"""10,000 malformed bodies at both addresses of the receiver: none is answered with a 5xx."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vocabulary import MessageState
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
def test_malformed_bodies_never_give_a_5xx(post, where, kind, undone, record_property):
    bodies, total = _BODIES[kind]
    answers: Counter[int] = Counter()
    make.attempt(make.message(state=MessageState.SENT), "sent-1")
    with undone():

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
