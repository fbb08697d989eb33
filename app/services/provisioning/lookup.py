"""Does the carrier know this number as ours, and can it text? Each answer has its own words (S10, D3)."""

from __future__ import annotations

from app.access.policy import Actor
from app.access.scope import Scope, fetch, inherited, narrow, node_of
from app.carriers.base import CarrierSilent, CarrierUnavailable, NumberRecord
from app.carriers.registry import customer_portal_url
from app.db import db, end_read, transactional
from app.errors import CarrierTrouble, Conflict, Invalid, NotFound
from app.models import Assignment, Platform
from app.phone import ten_digits
from app.services.audit.record import Action, record
from app.services.provisioning import platforms
from app.vocabulary import NumberStatus


class NumberNotOnAccount(Invalid):
    """S10. The words of the source; the page makes "Inteliquent customer portal" a link to `portal_url`."""

    message = (
        "This number is not assigned to this Inteliquent account, please check the number and try again "
        "or check with the Inteliquent customer portal for more information"
    )

    def __init__(self, portal_url: str):
        super().__init__(field="number")
        self.portal_url = portal_url


class NumberNotInService(Invalid):
    def __init__(self, status: NumberStatus):
        words = {
            NumberStatus.PENDING: "is still pending at the carrier. Try again when it is in service.",
            NumberStatus.DISCONNECTING: "is being disconnected at the carrier and cannot be used.",
        }
        super().__init__(
            f"This number {words.get(status, 'is not in service at the carrier.')}", field="number"
        )


class MessagingOff(Invalid):
    """The page offers Turn on messaging."""

    message = "This number is on the carrier account, but messaging is switched off for it."

    def __init__(self) -> None:
        super().__init__(field="number")


class SmsOnly(Invalid):
    message = (
        "This number can only send and receive SMS at the carrier. Choose SMS, or have MMS switched on there."
    )

    def __init__(self) -> None:
        super().__init__(field="messaging_type")


class NoLongerOurs(Conflict):
    message = "This number was deleted here. The carrier is not asked about it any more."


class NothingTold(CarrierTrouble):
    """Somebody only looked: there was nothing to be changed."""

    message = "The carrier did not answer, so what it knows of this number is not shown."


class PlatformNotChosen(Invalid):
    message = "Choose the CPaaS platform for this number."

    def __init__(self) -> None:
        super().__init__(field="platform_id")


def platform_for(scope: Scope, place: Scope, platform_id: int | None) -> Platform:
    """The platform for a number at `place`, from its provider's: the chosen one, or the only one (S7, S8).

    Raises PlatformNotChosen, NotFound.
    """
    available = (
        inherited(Platform, node_of(narrow(scope, place)))
        .where(Platform.deleted_at.is_(None))
        .order_by(Platform.id)
    )
    if platform_id is not None:
        available = available.where(Platform.id == platform_id)
    found = list(db.session.scalars(available.limit(2)))
    if not found:
        raise NotFound("There is no CPaaS platform that this number could use.")
    if len(found) > 1:
        raise PlatformNotChosen
    return found[0]


def require_usable(platform: Platform, number: str, *, mms: bool) -> NumberRecord:
    """Ask the carrier about a number (E.164), with no transaction open.

    A form and the service behind it ask within one request: the second answer is the remembered one.
    Raises NumberNotOnAccount, NumberNotInService, MessagingOff, SmsOnly, KeysRefused, CarrierUnavailable.
    """
    known = _answers().get((platform.id, number)) or _ask(platform, number)
    return require_texting(known, mms=mms)


def require_texting(known: NumberRecord | None, *, mms: bool) -> NumberRecord:
    """What the carrier says about a number must be enough for texts. Raises as `require_usable`."""
    if known is None:
        raise NumberNotOnAccount("")
    if known.status is not NumberStatus.IN_SERVICE:
        raise NumberNotInService(known.status)
    if not (known.sms or known.mms):
        raise MessagingOff
    if mms and not known.mms:
        raise SmsOnly
    return known


def ask_about(platform: Platform, numbers: list[str]) -> dict[str, NumberRecord]:
    """What the carrier knows of many numbers (E.164) at once; those not on the account are left out.

    Raises KeysRefused, CarrierRefused, CarrierUnavailable.
    """
    carrier = platforms.carrier_of(platform)
    end_read()
    return carrier.find_numbers(numbers)


def at_carrier(scope: Scope, assignment_id: int) -> NumberRecord | None:
    """What the carrier knows of a running number now; None where it is not on the account.

    Raises NoLongerOurs, KeysRefused, CarrierRefused, NothingTold, NotFound.
    """
    row = fetch(Assignment, assignment_id, scope)
    if row.release_requested_at is not None:
        raise NoLongerOurs
    platform = db.session.scalars(inherited(Platform, row).where(Platform.id == row.platform_id)).one()
    number = row.number
    try:
        return ask_about(platform, [number]).get(number)
    except (CarrierUnavailable, CarrierSilent) as no_answer:
        raise NothingTold from no_answer


def turn_on_messaging(actor: Actor, scope: Scope, place: Scope, platform_id: int | None, number: str) -> None:
    """Switch messaging on at the carrier for a number that is on the account (D3), and write it down.

    Raises what `require_usable` raises, CarrierRefused.
    """
    platform = platform_for(scope, place, platform_id)
    carrier, mms = platforms.carrier_of(platform), platform.mms_available
    known = _ask(platform, number)
    if known.status is not NumberStatus.IN_SERVICE:
        raise NumberNotInService(known.status)
    if known.sms or known.mms:
        return
    carrier.turn_on_messaging(number, mms=mms)
    _answers().clear()
    _record_turned_on(actor, place, number)


@transactional
def _record_turned_on(actor: Actor, place: Scope, number: str) -> None:
    record(actor, Action.MESSAGING_TURNED_ON, node_of(place), number=ten_digits(number))


def _ask(platform: Platform, number: str) -> NumberRecord:
    carrier, place, portal = (
        platforms.carrier_of(platform),
        platform.id,
        customer_portal_url(platform.carrier),
    )
    end_read()
    found = carrier.find_number(number)
    if found is None:
        raise NumberNotOnAccount(portal)
    _answers()[place, number] = found
    return found


def _answers() -> dict[tuple[int, str], NumberRecord]:
    """What was asked with this session, which lives as long as one request or one job."""
    answers: dict[tuple[int, str], NumberRecord] = db.session().info.setdefault("numbers", {})
    return answers
