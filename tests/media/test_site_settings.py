"""What the settings of a site must say when there is another one (S25)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.config import BadSetting, from_environment

Settings = Callable[..., dict[str, str]]
WEST = "west=redis://:secret@redis.west.example:6379/0"


def test_one_site_needs_no_name(settings_with: Settings):
    read = from_environment(settings_with())
    assert (read.site, read.peer_redis_urls) == ("", {})


def test_other_sites_are_read_by_their_names_and_kept_out_of_sight(settings_with: Settings):
    given = {"SITE": "east", "PEER_REDIS_URLS": f"{WEST}, north=rediss://north.example/1?a=b"}
    read = from_environment(settings_with(**given, MEDIA_STORE="s3://media"))
    assert read.site == "east"
    assert read.peer_redis_urls == {
        "west": "redis://:secret@redis.west.example:6379/0",
        "north": "rediss://north.example/1?a=b",
    }
    assert ":secret@" not in repr(read)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PEER_REDIS_URLS": WEST}, "SITE must name this site"),
        ({"PEER_REDIS_URLS": WEST, "SITE": "The East"}, "SITE must name this site"),
        ({"PEER_REDIS_URLS": "redis://west.example:6379/0", "SITE": "east"}, "must be like west=redis://"),
        ({"PEER_REDIS_URLS": "west=http://west.example", "SITE": "east"}, "must be like west=redis://"),
        ({"PEER_REDIS_URLS": WEST, "SITE": "west"}, "every other site once; look at west"),
        ({"PEER_REDIS_URLS": f"{WEST},{WEST}", "SITE": "east"}, "every other site once; look at west"),
        (
            {"PEER_REDIS_URLS": "west=redis://one:6379/0", "REDIS_URL": "redis://one:6379/0", "SITE": "east"},
            "every other site once; look at west",
        ),
        (
            {"PEER_REDIS_URLS": WEST, "SITE": "east", "MEDIA_STORE": ""},
            "file:///folder for a folder that all",
        ),
    ],
)
def test_what_cannot_be_is_said_at_start_without_its_password(settings_with: Settings, given, said):
    with pytest.raises(BadSetting, match=said) as no:
        from_environment(settings_with(**{"MEDIA_STORE": "file:///srv/shared/media", **given}))
    assert "secret" not in str(no.value)
