"""The control API: what tests and the launcher ask of the sandbox. No part of the carrier's API."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from sandbox import accounts, authorizations, control_bodies, inventory, mails, messages
from sandbox.addresses import carrier_form
from sandbox.cloud import cloud
from sandbox.operations import tallies

BodyType = TypeVar("BodyType", bound=control_bodies.Body)

blueprint = Blueprint("control", __name__, url_prefix="/control")


class Unprocessable(Exception):
    """422 with a sentence."""

    def __init__(self, body: dict[str, Any]):
        super().__init__(body)
        self.body = body


@blueprint.errorhandler(Unprocessable)
def _unprocessable(problem: Unprocessable) -> tuple[Response, int]:
    return jsonify(problem.body), 422


@blueprint.get("/accounts")
def show_accounts() -> Response:
    """The keys of each account: made up, of no use anywhere else."""
    return jsonify(accounts.keys_of(cloud().store))


@blueprint.post("/accounts/<name>/keys")
def add_key(name: str) -> tuple[Response, int]:
    """One more outbound API key; the others stay valid."""
    _known_account(name)
    return jsonify({"outbound_api_key": accounts.add_key(cloud().store, name)}), 201


@blueprint.delete("/accounts/<name>/keys/<key>")
def remove_key(name: str, key: str) -> Response:
    """The key stops working at once."""
    _known_account(name)
    try:
        removed = accounts.remove_key(cloud().store, name, key)
    except accounts.LastKey as problem:
        raise Unprocessable({"error": str(problem)}) from problem
    if not removed:
        raise Unprocessable({"error": "This account has no such outbound API key."})
    return jsonify({"removed": True})


@blueprint.post("/accounts/<name>/numbers")
def add_numbers(name: str) -> tuple[Response, int]:
    """A block of numbers more, until the next reset."""
    _known_account(name)
    wish = _body(control_bodies.Block)
    with cloud().store.change() as db:
        inventory.add_block(db, name, int(wish.first), wish.count)
    return jsonify({"added": wish.count}), 201


@blueprint.get("/state")
def state() -> Response:
    """Everything worth asserting, without secrets."""
    here = cloud()
    requests_made, carried_out = tallies(here.store)
    return jsonify(
        {
            "accounts": {
                account.name: {
                    "title": account.title,
                    "numbers": numbers_of(account.name),
                    "webhooks": authorizations.webhooks(here.store, account.name),
                }
                for account in inventory.ACCOUNTS
            },
            "elsewhere": [{"tn": inventory.UNASSIGNED_NUMBER, "outcome": "not on any account"}],
            "counts": requests_made,
            "carried_out": carried_out,
            "faults": here.faults.listed(),
            "held": here.faults.held(),
            "pending_webhooks": here.deliveries.pending(),
        }
    )


@blueprint.get("/outbox")
def outbox() -> Response:
    """Texts that the carrier took over, one entry per recipient."""
    items = messages.outbox(cloud().store, request.args.get("to"), request.args.get("from"))
    return jsonify({"items": items})


@blueprint.get("/mails")
def list_mails() -> Response:
    """Mails caught by the sink, newest first."""
    return jsonify({"items": mails.caught(cloud().store, request.args.get("to"))})


@blueprint.post("/inbound")
def inbound() -> tuple[Response, int]:
    """A phone texts; with `wait` the answer tells how the first attempts at the webhooks went."""
    wish = _body(control_bodies.Inbound)
    reference, planned = messages.receive(
        cloud(),
        messages.Text(
            carrier_form(wish.sender),
            tuple(carrier_form(to) for to in wish.to),
            wish.text,
            tuple(wish.media_urls),
        ),
        reference=wish.reference,
        form=wish.numbers_as,
    )
    answer: dict[str, Any] = {"referenceId": reference}
    if wish.wait:
        answer["deliveries"] = cloud().deliveries.wait_for(planned)
    return jsonify(answer), 202


@blueprint.post("/receipt")
def receipt() -> tuple[Response, int]:
    """A delivery receipt for an accepted text, now."""
    wish, here = _body(control_bodies.Receipt), cloud()
    sent = messages.sent_with(here.store, wish.reference)
    if not sent:
        raise Unprocessable({"error": f"No accepted text has the referenceId {wish.reference}."})
    planned = []
    with here.store.change() as db:
        for message in sent:
            db.execute("UPDATE message SET stat = ? WHERE id = ?", (wish.stat, message["id"]))
            planned += here.deliveries.plan_receipt(message, wish.stat, swap=wish.swap)
    here.deliveries.wake()
    answer: dict[str, Any] = {"referenceId": wish.reference}
    if wish.wait:
        answer["deliveries"] = here.deliveries.wait_for(planned)
    return jsonify(answer), 202


@blueprint.post("/faults")
def add_fault() -> tuple[Response, int]:
    """Switch a fault on."""
    wish, here = _body(control_bodies.FaultWish), cloud()
    here.faults.add(wish.fault, wish.operation, wish.times, wish.seconds, wish.then, every=wish.every)
    return jsonify({"faults": here.faults.listed()}), 201


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """All faults off; requests that are held go on at once."""
    cloud().faults.clear()
    return jsonify({"faults": []})


@blueprint.post("/reset")
def reset() -> Response:
    """Forget messages, mails, webhooks, faults and counts; keys stay, numbers are as delivered."""
    here = cloud()
    with here.store.change() as db:
        for table in ("message", "delivery", "copy", "mail", "tally"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608  constants
        inventory.restock(db)
    here.faults.clear()
    return jsonify({"reset": True})


def numbers_of(account: str) -> list[dict[str, Any]]:
    """The account's numbers with the outcome that each one shows."""
    store = cloud().store
    taken = authorizations.taken_numbers(store)
    return [
        {
            "tn": row["tn"],
            "status": row["status"],
            "messageType": row["message_type"],
            "messageClass": row["message_class"],
            "outcome": inventory.outcome(row, taken=row["tn"] in taken),
        }
        for row in store.rows("SELECT * FROM number WHERE account = ? ORDER BY tn", (account,))
    ]


def _known_account(name: str) -> None:
    if not accounts.exists(cloud().store, name):
        names = ", ".join(account.name for account in inventory.ACCOUNTS)
        raise Unprocessable({"error": f"There is no account {name}; there are: {names}."})


def _body(kind: type[BodyType]) -> BodyType:
    payload = request.get_json(force=True, silent=True)
    if not isinstance(payload, dict):
        raise Unprocessable({"error": "The body must be a JSON object."})
    try:
        return kind.model_validate(payload)
    except ValidationError as problem:
        raise Unprocessable(control_bodies.problem(problem)) from problem
