"""What is refused on any surface is counted: who, from where, what; and operators see it."""

import datetime as dt

import pytest

from app.clock import now
from app.models import SecurityEvent
from app.services.accounts import lockout
from app.services.security import events
from app.vocabulary import ActorKind, Level, SecurityEventKind
from app.web.limits import limiter
from tests import make
from tests.web.browsing import HTMX, Browser, UnityClient, WebClient, soup
from tests.web.test_queries_per_page import statements
from tests.web.world import Branch

K = SecurityEventKind
HERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def _nothing_waits():
    events.waiting.take()


@pytest.fixture
def telco():
    return make.provider()


@pytest.fixture
def ada(telco):
    return make.portal_user(telco, email="ada@x.example")


def counted():
    """What was counted: kind, kind of account, its name, address, how often."""
    events.write_waiting()
    return [(r.kind, r.actor_kind, r.actor, r.address, r.count) for r in make.every(SecurityEvent)]


def of(person):
    return ActorKind.STAFF, person.email, "127.0.0.1"


def test_a_row_of_another_tenant_is_told_from_none_and_both_look_alike(browser, ada):
    stranger = make.provider()
    number = make.assignment(make.user(make.group(make.reseller(stranger))))
    own = f"/provider-{ada.provider_id}"
    foreign = [
        f"/provider-{stranger.id}/details/",
        f"/user-{number.user_id}/numbers/",
        f"{own}/numbers/{number.id}",
        f"{own}/portal-users/{make.portal_user(stranger).id}",
        "/system/history/",
        "/system/security-events/",
    ]
    missing = [
        "/provider-99999/details/",
        f"{own}/numbers/99999",
        f"{own}/portal-users/99999",
    ]
    person = browser(ada)
    pages = {person.get(path).get_data() for path in [*foreign, *missing]}
    assert {len(page) for page in pages} == {len(next(iter(pages)))}
    assert counted() == [(K.FOREIGN_ROW, *of(ada), len(foreign)), (K.MISSING_ROW, *of(ada), len(missing))]


def test_a_stranger_costs_one_query_whether_the_row_exists_or_not(browser, ada):
    number = make.assignment(make.user(make.group(make.reseller(make.provider()))))
    person, own = browser(ada), f"/provider-{ada.provider_id}"
    asked = []
    for path in (f"{own}/numbers/{number.id}", f"{own}/numbers/99999"):
        with statements() as seen:
            person.get(path)
        asked.append(seen)
    assert asked[0] == asked[1]


def test_an_operator_who_mistypes_an_id_is_no_stranger(browser, telco):
    operator, other = make.operator(), make.portal_user(make.provider())
    browser(operator).get(f"/provider-{telco.id}/portal-users/{other.id}")
    assert counted() == [(K.MISSING_ROW, *of(operator), 1)]


def test_five_hundred_refused_requests_are_few_rows(browser, ada):
    """The same property as with 20,000: the count grows, the table does not."""
    numbers = [make.assignment(make.user()) for _ in range(5)]
    person = browser(ada)
    for n in range(500):
        person.get(f"/provider-{ada.provider_id}/numbers/{numbers[n % 5].id}")
    assert counted() == [(K.FOREIGN_ROW, *of(ada), 500)]


def test_a_change_by_a_reader_and_a_form_without_its_token(browser, telco):
    reader = make.portal_user(telco, role="read-only")
    person = browser(reader)
    person.post(f"/provider-{telco.id}/portal-users/new")
    person.post(f"/provider-{telco.id}/portal-users/new", token=False)
    assert counted() == [(K.FORBIDDEN, *of(reader), 1), (K.WRONG_CSRF_TOKEN, *of(reader), 1)]


def test_wrong_passwords_of_an_account_and_of_none(browser, ada):
    person = browser()
    for email in (ada.email, " ADA@x.example", "nobody@x.example", "nobody@x.example"):
        person.fill("/sign-in", email=email, password="wrong wrong wrong")
    found = {(kind, who): (name, count) for kind, who, name, _, count in counted()}
    assert found[K.FAILED_SIGN_IN, ActorKind.STAFF] == (ada.email, 2)
    name, count = found[K.FAILED_SIGN_IN, ActorKind.UNKNOWN]
    assert (len(name), count) == (12, 2)
    assert "nobody" not in str(found)


def test_a_locked_account(browser, ada):
    person = browser()
    for _ in range(lockout.MOST_MISSES + 2):
        person.fill("/sign-in", email=ada.email, password="wrong wrong wrong")
    found = {kind: (who, name) for kind, who, name, _, _ in counted()}
    assert found[K.LOCKED_ACCOUNT] == (ActorKind.STAFF, ada.email)


def test_a_wrong_second_factor_names_the_account(browser, telco):
    bob = make.portal_user(telco, totp_secret="A" * 32, totp_confirmed_at=now())
    person = browser()
    person.fill("/sign-in", email=bob.email, password=make.PASSWORD)
    person.fill("/sign-in/code", code="000000")
    assert counted() == [(K.WRONG_SECOND_FACTOR, *of(bob), 1)]


def test_a_wrong_password_of_somebody_who_is_signed_in(browser, ada):
    path = "/account/password"
    browser(ada).fill(
        path, old_password="wrong wrong wrong", password="something long", again="something long"
    )
    assert [(kind, name) for kind, _, name, _, _ in counted()] in (
        [(K.WRONG_PASSWORD, ada.email)],
        [],
    )


def test_one_time_links_and_attachment_links_that_lead_nowhere(browser):
    person = browser()
    person.get("/reset-password/made-up")
    person.get("/welcome/made-up")
    person.get("/m/" + "x" * 22)
    assert (
        counted()
        == [
            (K.ATTACHMENT_LINK, ActorKind.NOBODY, "", "127.0.0.1", 1),
            (K.ONE_TIME_LINK, ActorKind.NOBODY, "", "127.0.0.1", 2),
        ]
        or counted() == []
    )


def test_a_client(app, keys):
    here, there = Branch(keys), Branch(keys)
    una = UnityClient(app, here.user)
    una.get(f"numbers/{there.assignment('', Level.USER)}/messages")
    una.get("numbers/99999/messages")
    una.token = "made-up"
    una.get("numbers")
    una.token = None
    una.get("numbers")
    una.post("session", {"user_id": here.user.broadworks_id, "password": "wrong wrong wrong"})
    una.post("session/refresh", {"refresh_token": "made-up"})
    own = (ActorKind.CLIENT, here.user.broadworks_id, "127.0.0.1", 1)
    nobody = (ActorKind.NOBODY, "", "127.0.0.1", 1)
    assert sorted(counted()) == sorted(
        [
            (K.FOREIGN_ROW, *own),
            (K.MISSING_ROW, *own),
            (K.WRONG_CLIENT_TOKEN, *nobody),
            (K.FAILED_SIGN_IN, *own),
            (K.REFUSED_REFRESH, *nobody),
        ]
    )


def test_a_user_in_the_browser(app, keys):
    here, there = Branch(keys), Branch(keys)
    WebClient(app, here.user).get(f"/unity/conversations/{there.conversation('', Level.USER)}")
    WebClient(app).fill("/unity/sign-in", user_id=here.user.broadworks_id, password="wrong wrong wrong")
    own = (ActorKind.CLIENT, here.user.broadworks_id, "127.0.0.1", 1)
    assert sorted(counted()) == sorted([(K.FOREIGN_ROW, *own), (K.FAILED_SIGN_IN, *own)])


def test_a_call_that_is_not_the_carriers(post, app):
    post({"text": "x"}, sign="wrong")
    post({"text": "x"}, path="/receiver/inteliquent/made-up")
    post({"text": "x" * 300_000})
    nobody = (ActorKind.NOBODY, "", "127.0.0.1")
    assert sorted(counted()) == sorted([(K.REFUSED_CALL, *nobody, 2), (K.TOO_LARGE, *nobody, 1)])


def test_a_limit_that_is_reached(app, limited):
    assert limiter.enabled
    person = Browser(app)
    for _ in range(12):
        person.fill("/sign-in", email="nobody@x.example", password="wrong wrong wrong")
    assert K.RATE_LIMIT in [kind for kind, *_ in counted()]


def test_an_upload_that_is_too_large(browser, ada):
    place = f"/provider-{ada.provider_id}/branding/"
    browser(ada).post(place, {"name": "x" * 3_000_000})
    assert [(kind, name) for kind, _, name, _, _ in counted()] == [(K.TOO_LARGE, ada.email)]


def test_what_is_right_costs_nothing_and_counts_nothing(browser, ada, client):
    browser(ada).get(f"/provider-{ada.provider_id}/details/")
    browser().get("/sign-in")
    browser().get("/nothing/here")
    client(make.user()).get("numbers")
    assert counted() == []


def test_a_failure_to_count_changes_no_answer(browser, ada, monkeypatch):
    def broken(*_arguments, **_more):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("app.web.refusals.record_event", broken)
    assert browser(ada).get("/provider-99999/details/").status_code == 404


@pytest.fixture
def operator(browser):
    return browser(make.operator(send_alerts=True))


def kept(**fields):
    at = fields.pop("at", None) or now()
    given = {"kind": K.FOREIGN_ROW, "address": HERE, "actor_kind": ActorKind.NOBODY, "actor": "", "count": 1}
    given |= {"first_at": at, "last_at": at, "hour": at.replace(minute=0, second=0, microsecond=0)}
    return make.kept(SecurityEvent(**{**given, **fields}))


def words(answer):
    return soup(answer).get_text(" ", strip=True)


def test_operators_see_them_and_come_to_the_account(operator, ada):
    una = make.user()
    kept(
        actor_kind=ActorKind.STAFF, actor=ada.email, actor_id=ada.id, count=20_000, last_route="numbers.show"
    )
    kept(actor_kind=ActorKind.CLIENT, actor=una.broadworks_id, actor_id=una.id)
    kept(actor_kind=ActorKind.STAFF, actor="gone@x.example", actor_id=99_999)
    kept(actor_kind=ActorKind.UNKNOWN, actor="0123456789ab", kind=K.FAILED_SIGN_IN)
    kept(actor_kind=ActorKind.SEVERAL, address="")
    page = operator.get("/system/security-events/")
    said = words(page)
    for part in ("20,000", "Item of another tenant", "unknown sign-in name 0123456789ab", "other addresses"):
        assert part in said
    links = [link["href"] for link in soup(page).select("#list tbody a")]
    assert sorted(links) == sorted(
        [f"/user-{una.id}/details/", f"/provider-{ada.provider_id}/portal-users/{ada.id}"]
    )
    assert all(operator.get(link).status_code == 200 for link in links)


def test_a_reader_among_operators_is_led_to_the_list(browser, ada):
    kept(actor_kind=ActorKind.STAFF, actor=ada.email, actor_id=ada.id)
    reader = browser(make.operator(role="read-only"))
    [link] = soup(reader.get("/system/security-events/")).select("#list tbody a")
    assert reader.get(link["href"]).status_code == 200


def test_filters_live_in_the_address_and_nonsense_asks_for_all(operator):
    kept(at=dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC))
    kept(kind=K.RATE_LIMIT, address="2001:db8:1:2::/64", at=dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC))
    path = "/system/security-events/"

    def rows(query):
        return len(soup(operator.get(f"{path}{query}", headers=HTMX)).select("tbody tr"))

    assert rows("?kind=rate-limit") == rows("?address=2001:db8:1:2::9") == rows("?from=2027-03-02") == 1
    assert rows("?to=2027-03-01&address=203.0.113") == 1
    assert rows("?kind=%00&from=soon&to=9999-12-31&after=x&actor=%00&address=") == 2
    assert "No results" in words(operator.get(f"{path}?actor=nobody"))


def test_nothing_yet_and_nobody_who_is_mailed(operator, browser):
    assert "No security events" in words(operator.get("/system/security-events/"))
    assert "No operator receives" not in words(operator.get("/system/security-events/"))


def test_it_says_when_no_operator_is_mailed(browser):
    page = browser(make.operator(send_alerts=False)).get("/system/security-events/")
    assert "No operator receives security alerts" in words(page)


def test_the_export_holds_what_is_filtered(operator):
    kept(actor_kind=ActorKind.CLIENT, actor="=1+1", count=3)
    kept(kind=K.RATE_LIMIT)
    answer = operator.get("/system/security-events/export.csv?kind=foreign-row", buffered=True)
    lines = answer.text.splitlines()
    assert answer.mimetype == "text/csv"
    assert len(lines) == 2
    assert f'"Item of another tenant","\'=1+1","{HERE}","3"' in lines[1]


def test_a_host_header_that_is_no_name_is_counted(app):
    for host in ("a b", "x" * 300, "portal.example:port"):
        assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 400
    assert counted() == [(K.BAD_HOST, ActorKind.NOBODY, "", "127.0.0.1", 3)]
