"""Host names pick a brand; one name belongs to one provider of the cloud, and whose it is stays unsaid."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from app.config import settings
from app.errors import NotFound
from app.models import AuditEntry, Notice, ServerHostname
from app.services.accounts import hostnames, one_time_links, portal_users
from app.services.accounts.hostnames import BadHostname, HostnameInUse
from app.services.accounts.portal_users import PortalUserWish
from tests import make

pytestmark = pytest.mark.usefixtures("db")


def add(node, name):
    return hostnames.add(make.admin_of(node), make.at(node), name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Texts.Example.COM. ", "texts.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a-1.example.co.uk", "a-1.example.co.uk"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("bücher\u3002example\uff0e", "xn--bcher-kva.example"),
        ("straße.example.com", "xn--strae-oqa.example.com"),
        ("\uff54exts.example.com", "texts.example.com"),
        ("1.2.example.com", "1.2.example.com"),
        ("0x7f.example.com", "0x7f.example.com"),
    ],
)
def test_a_name_is_kept_as_browsers_send_it(typed, kept):
    telco = make.provider()
    assert add(telco, typed).hostname == kept
    assert [entry.action for entry in make.every(AuditEntry)] == ["Server hostname added"]


@pytest.mark.parametrize(
    "typed",
    ["", "localhost", "10.0.0.1", "http://a.example", "a b.example", "*.example.com", "-a.example",
     "a_b.example", "a..example", "a.example:8000", "a.example/x", "x" * 64 + ".example", "[::1]",
     "127.1", "0x7f.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "\uff11\uff12\uff17.1", "::1",
     "[2001:db8::1]:443", "::ffff:127.0.0.1", "example.0x1", "a.b.9", "portal", "portal.", "localhost.",
     "a.localhost", "printer.local", "x.internal", "x.onion", "1.0.0.127.in-addr.arpa", "*.a.example",
     "a.example..", ".a.example", "user@a.example", "a\u200b.example b", "com", "co.uk", "github.io",
     "xn--a.example", ".".join(["x" * 60] * 4) + ".example"],
)  # fmt: skip
def test_what_is_no_host_name_is_refused(typed):
    with pytest.raises(BadHostname):
        add(make.provider(), typed)


@pytest.mark.parametrize("address", ["public_url", "receiver_url", "media_url"])
@pytest.mark.parametrize(
    ("own", "typed"),
    [
        ("https://own.example.com", "Own.Example.com"),
        ("https://own.example.com:8443", "own.example.com."),
        ("https://OWN.example.com", "\uff4fwn.example.com"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "BÜCHER.example"),
    ],
)
def test_the_portals_own_name_is_nobodys(app, monkeypatch, address, own, typed):
    ours = replace(settings(), **{address: own})
    monkeypatch.setitem(app.extensions, "settings", ours)
    with pytest.raises(BadHostname, match="own host name"):
        add(make.provider(), typed)


def test_a_name_that_is_taken_is_refused_without_saying_whose():
    make.hostname(make.provider(name="Secret Telco"), "texts.example.com")
    with pytest.raises(HostnameInUse) as refusal:
        add(make.provider(), "TEXTS.example.com")
    assert "Secret" not in refusal.value.message
    assert len(make.every(ServerHostname)) == 1


def test_only_the_own_names_can_be_deleted():
    telco, other = make.provider(), make.provider()
    row = add(telco, "texts.example.com")
    with pytest.raises(NotFound):
        hostnames.delete(make.admin_of(other), make.at(other), row.id)
    hostnames.delete(make.admin_of(telco), make.at(telco), row.id)
    assert make.every(ServerHostname) == []
    assert make.every(AuditEntry)[-1].target == "texts.example.com"


def test_links_in_mails_lead_to_the_first_verified_name_of_the_recipients_provider():
    telco = make.provider()
    sales = make.group(telco)
    make.brand(telco, name="Telco Texts", accent="#0b63ce", logo=make.picture())
    make.hostname(telco, "claimed.example.com", verified_at=None)
    make.hostname(telco, "first.example.com")
    make.hostname(telco, "second.example.com")
    make.hostname(make.provider(), "stranger.example.com")
    portal_users.create(make.admin_of(sales), make.at(sales), PortalUserWish("Gina", "gina@example.com"))
    una = make.user(sales, email="una@example.com")
    one_time_links.send_client_password_link(make.admin_of(sales), make.at(sales), una.id)
    address = (
        f"{urlsplit(settings().public_url).scheme}://first.example.com:{urlsplit(settings().public_url).port}"
    )
    for mail, page in zip(make.every(Notice), ("welcome", "client-password"), strict=True):
        assert f"{address}/{page}/" in mail.body
        assert mail.letterhead["name"] == "Telco Texts"
        assert mail.letterhead["logo_url"].startswith(f"{address}/brand/")


def test_without_a_verified_name_and_for_operators_links_lead_to_the_portals_own_address():
    own = settings().public_url
    claims = make.provider()
    make.hostname(claims, "rival.example.com", verified_at=None)
    assert hostnames.portal_address(make.portal_user(claims)) == own
    assert hostnames.portal_address(make.portal_user(make.group())) == own
    assert hostnames.portal_address(make.operator()) == own
