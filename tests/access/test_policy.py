"""Who may do what: the two tables of policy.py, and D29."""

import pytest

from app.access.policy import GRANTS, ONLY_AT, Actor, Permission, may, require
from app.access.scope import EVERYTHING, Scope
from app.errors import NotAllowed
from app.vocabulary import Level, Role

CHANGING = [p for p in Permission if p.value.endswith(":change")]
LEVELS = [EVERYTHING, *(Scope(level, 1) for level in (Level.PROVIDER, Level.RESELLER, Level.GROUP))]


@pytest.mark.parametrize("permission", CHANGING)
@pytest.mark.parametrize("scope", LEVELS, ids=str)
def test_somebody_who_only_reads_changes_nothing_anywhere(permission, scope):
    assert not may(Actor("reader", Role.READ_ONLY, scope), permission)


@pytest.mark.parametrize("permission", [Permission.PLATFORMS_SEE, Permission.PLATFORMS_CHANGE])
@pytest.mark.parametrize("scope", LEVELS, ids=str)
def test_platforms_and_their_keys_belong_to_operators_and_provider_administrators(permission, scope):
    """D29."""
    expected = scope.level in {Level.SYSTEM, Level.PROVIDER}
    assert may(Actor("ada", Role.ADMINISTRATOR, scope), permission) is expected


@pytest.mark.parametrize("permission", list(Permission))
def test_a_unity_client_may_do_what_clients_do_and_nothing_of_the_portal(permission):
    una = Actor("una", Role.CLIENT, Scope(Level.USER, 1))
    assert may(una, permission) is (permission is Permission.CLIENT)


def test_staff_are_no_clients():
    for role in (Role.ADMINISTRATOR, Role.READ_ONLY):
        with pytest.raises(NotAllowed):
            require(Actor("ada", role, EVERYTHING), Permission.CLIENT)


def test_every_role_and_every_permission_is_decided():
    assert set(GRANTS) == set(Role)
    assert set(ONLY_AT) <= set(Permission)
    assert set().union(*GRANTS.values()) == set(Permission)
