"""A Host header is whatever somebody writes: no shape of it breaks anything, no address is built from it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from app.web import hosts
from tests import make
from tests.web.browsing import Browser, alone

EVIL = "evil.example"
PATHS = ["/", "/sign-in", "/healthz", "/unity/", "/client/v1/", "/static/app.css", "/m/x", "/nowhere"]


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            " ",
            "a b",
            "a,b",
            "a/b",
            "a@b",
            "a\\b",
            "a?b",
            "a#b",
            "<script>",
            "'",
            '"',
            "%41",
            "a\tb",
            "*",
        ),
        *("a" * 300, "a." * 200, ".".join(["a" * 63] * 5), "a" * 64 + ".example", "a" * 8000),
        *("-a.example", "a-.example", "a..b", ".a", ".", "a_b-"),
        *("a:b", "a:65536", "a:-1", "a:123456", "a:1:2", "a:8000x", ":8000", "a:\uff18\uff10"),
        *("[::1", "[]", "[::g]", "[::1]x", "::1", "[::1]:99999", "[127.0.0.1]"),
        *("bücher.example", "a\u200b.example", "\u00e4", "xn--" + "ä"),
    ],
)
def test_what_is_no_host_name_is_400_everywhere(app, host):
    assert not hosts.is_well_formed(host)
    given = host.encode().decode("latin-1")  # as a server hands on what it got
    for path in PATHS if len(host) < 300 else ["/sign-in"]:
        answer = alone(app, app.test_client().open, path=path, environ_overrides={"HTTP_HOST": given})
        assert answer.status_code == 400, (host, path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1",
            "10.0.0.7:8000",
            "[::1]",
            "[2001:db8::7]:443",
            "web_1:8000",
        ),
        *("portal.example.com.", "a.", "xn--bcher-kva.example", f"{'a' * 63}.example", "a:", EVIL),
    ],
)
def test_every_name_and_address_is_answered(app, host):
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/sign-in", 200), ("/nowhere", 404)):
        answer = alone(app, app.test_client().open, path=path, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == status, (host, path)


def test_a_probe_that_names_no_host_is_answered(app):
    def without_host(environ, start_response):
        del environ["HTTP_HOST"]
        return app(environ, start_response)

    from werkzeug.test import Client  # noqa: PLC0415 - a client without Flask's own Host

    assert Client(without_host).get("/healthz").status_code == 200


def test_an_odd_host_takes_no_time():
    """A pattern that tries every way to cut a name would need years for this one."""
    assert not hosts.is_well_formed("a" * 60 + ".a" * 90 + "!")


@pytest.mark.parametrize(
    "path", ["/unity", "/client/v1", "//evil.example/unity", "/%5Cevil.example/..//unity"]
)
def test_slashes_are_tidied_without_a_host_name(app, path):
    """Werkzeug answers with the address of whatever Host was sent."""
    answer = alone(app, app.test_client().get, path=path, base_url=f"http://{EVIL}")
    where = answer.headers.get("Location", "/")
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert EVIL not in urlsplit(where).netloc


def test_no_address_is_built_from_a_host_that_is_not_ours(app, db, settings_are):
    """Nor from X-Forwarded-Host, which no proxy of ours was told to set."""
    settings_are(public_url="https://portal.example.com", receiver_url="https://in.example.com:8443")
    make.hostname(make.provider(), "texts.telco.example")
    led = {
        EVIL: "https://portal.example.com",
        "127.0.0.1": "https://portal.example.com",
        "portal.example.com": "https://portal.example.com",
        "PORTAL.example.com.:80": "https://portal.example.com",
        "in.example.com": "https://in.example.com:8443",
        "texts.telco.example": "https://texts.telco.example",
        "sub.texts.telco.example": "https://portal.example.com",
    }
    for host, origin in led.items():
        for path in ("/sign-in?next=%2Fa%20b&x=\u00e9", "/", "/unity", "/nowhere/a%0d%0ab", "//x/"):
            answer = alone(
                app,
                app.test_client().get,
                path=path,
                base_url=f"http://{host}",
                headers={"X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"},
            )
            where = answer.headers["Location"]
            assert where.startswith(f"{origin}/"), (host, path, where)
            assert "\n" not in where
            assert "Set-Cookie" not in answer.headers
    kept = alone(app, app.test_client().get, path="/sign-in?next=%2Fa%20b&x=1", base_url=f"http://{EVIL}")
    assert kept.headers["Location"] == "https://portal.example.com/sign-in?next=%2Fa%20b&x=1"


def test_health_is_asked_without_https_by_address(app, settings_are):
    settings_are(public_url="https://portal.example.com")
    for path in ("/healthz", "/readyz"):
        assert (
            alone(app, app.test_client().get, path=path, base_url="http://10.0.0.7:8000").status_code == 200
        )


def test_a_page_by_an_unknown_name_leads_nowhere_else(app, db):
    make.brand(make.provider(), name="Telco Texts")
    page = Browser(app).get("/sign-in", base_url=f"http://{EVIL}")
    assert page.status_code == 200
    assert EVIL not in page.text
    assert "Telco Texts" not in page.text
