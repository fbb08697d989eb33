from collections.abc import Callable

import pytest

from app.config import BadSetting, from_environment

Settings = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("public", "media", "url", "host"),
    [
        ("http://127.0.0.1:8000", "", "http://127.0.0.1:8000", ""),
        ("http://127.0.0.1:8000", "http://localhost:8000/", "http://localhost:8000", "localhost"),
        ("https://portal.example", "https://Files.example", "https://Files.example", "files.example"),
        # A port is no wall: cookies do not know it.
        ("https://portal.example", "https://portal.example:8443", "https://portal.example:8443", ""),
    ],
)
def test_files_are_where_the_portal_is_or_have_a_host_name(settings_with: Settings, public, media, url, host):
    read = from_environment(settings_with(PUBLIC_URL=public, MEDIA_URL=media))
    assert (read.media_url, read.media_host) == (url, host)


@pytest.mark.parametrize(
    "address",
    [
        "files.example",
        "http://files.example",
        "https://files.example/m",
        "https://",
        "https://a@b",
        "ftp://x",
    ],
)
def test_an_address_of_files_that_cannot_be_is_said_at_start(settings_with: Settings, address):
    with pytest.raises(BadSetting, match="MEDIA_URL must be https://host"):
        from_environment(settings_with(PUBLIC_URL="https://portal.example", MEDIA_URL=address))


@pytest.mark.parametrize("days", ["0", "366", "-1", "a", "1.5"])
def test_links_work_for_a_day_to_a_year(settings_with: Settings, days):
    with pytest.raises(BadSetting, match="LINK_DAYS must be"):
        from_environment(settings_with(LINK_DAYS=days))


def test_links_work_for_thirty_days_unless_told_otherwise(settings_with: Settings):
    assert from_environment(settings_with()).link_days == 30
    assert from_environment(settings_with(LINK_DAYS="365")).link_days == 365
