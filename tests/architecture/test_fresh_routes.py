"""Whatever changes who gets in or where links lead asks for the password, if it was not typed lately.

Every changing route of staff is fresh, or stands here with the reason why it need not be. A new route is in
neither, so this test fails until somebody decides.
"""

from __future__ import annotations

from tests.web.stops import OPEN

WORDS = "what a text says or where it goes, not who gets in"
NOTHING_TO_TAKE = "what is new holds nothing that could be taken over"
NOT_FRESH = {
    "account.index": "the own name and timezone",
    "account.password": "the form asks for the old password",
    "account.second_factor_off": "the form asks for password and code",
    "add_number.add": "a number for a user who gets in already",
    "add_stream.add": NOTHING_TO_TAKE,
    "automatic_assignment.save": "which license follows a trial",
    "branding.save": "name, color and logo: no address",
    "bulk.discard": "rows that nothing was done with",
    "bulk.start": "numbers for users who get in already",
    "bulk.upload": "rows that are checked, not added",
    "carrier_calls.replay": "a call that the carrier signed, processed once more",
    "consent.count": "counts characters, changes nothing",
    "consent.keep": "longer only: what erases something is a route of its own, which is fresh",
    "consent.save": WORDS,
    "consent.words": WORDS,
    "hostnames.check": "looks up a record that only the owner of the domain can set",
    "contact_centers.add": NOTHING_TO_TAKE,
    "contact_centers.add_queue": NOTHING_TO_TAKE,
    "contact_centers.edit": "a name",
    "groups.add": NOTHING_TO_TAKE,
    "in_office_profiles.add": "office hours",
    "in_office_profiles.change": "office hours",
    "licence.add": "a license of a user who gets in already",
    "licence.edit": "a license of a user who gets in already",
    "media_streams.change": WORDS,
    "messages.mark_not_sent": "what a person knows about a text",
    "messages.mark_sent": "what a person knows about a text",
    "messages.send_again": "a text that is sent once more, to the same number",
    "numbers.change": "settings of a number: its holder stays",
    "numbers.reset_opt_in": "the user is asked once more",
    "numbers.retry": "set up once more for the same holder",
    "numbers.take_over": "another system's webhook, which the page names",
    "numbers.unblock": "a remote number may text the user again",
    "providers.add": NOTHING_TO_TAKE,
    "queues.put_member": "a user of the same group, who gets in already",
    "queues.remove_member": "a user of the same group, who gets in already",
    "queues.rename": "a name",
    "resellers.add": NOTHING_TO_TAKE,
    "user_templates.add": "what new users start with",
    "user_templates.edit": "what new users start with",
    "users.add": NOTHING_TO_TAKE,
}


def changing(app):
    """Routes that staff can change something with, by endpoint."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        needs = getattr(view, "needs", None)
        if rule.endpoint in OPEN or needs is None or needs == "client":
            continue
        if "POST" in (rule.methods or set()):
            yield rule.endpoint, view


def test_every_changing_route_is_fresh_or_says_why_not(app):
    found = dict(changing(app))
    undecided = {name for name, view in found.items() if not view.fresh and name not in NOT_FRESH}
    assert not undecided, "make them fresh, or say here why not"
    assert not {name for name, view in found.items() if view.fresh and name in NOT_FRESH}
    assert set(NOT_FRESH) <= set(found), "the list is stale"
    assert all(NOT_FRESH.values())


def test_what_changes_who_gets_in_or_where_links_lead_is_fresh(app):
    """The routes that must be, by name: nobody may move them to the list above."""
    found = dict(changing(app))
    for name in (
        *("portal_users.add", "portal_users.delete", "portal_users.invite"),
        *("portal_users.enable", "portal_users.disable", "portal_users.reset_second_factor"),
        *("portal_users.reset_password", "portal_users.unlock", "portal_users.send_address_link"),
        *("portal_users.cancel_address", "client_password.index", "client_password.send_link"),
        *("hostnames.add", "hostnames.delete", "platforms.add", "platforms.edit", "platforms.delete"),
    ):
        assert found[name].fresh is True, name
    assert callable(found["details.save"].fresh), "fresh where it changes a user's address"
    assert callable(found["portal_users.edit"].fresh), "fresh where the form is sent"
