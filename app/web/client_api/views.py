"""Brand, numbers, consent, messages and blocks of one user."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from app.access.policy import Permission
from app.phone import ten_digits, with_lost_plus
from app.services.accounts import branding
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import blocking, inbox, messages, opt_in, opt_outs, segments, sending
from app.services.provisioning import queries
from app.services.provisioning.settings import effective, messaging_type
from app.web.client_api import shapes
from app.web.client_api.api import API, nothing
from app.web.client_api.description import Call, Counted


@API.get("/brand", needs=Permission.CLIENT, call=Call("What the service is called", {200: shapes.BrandShape}))
def brand(client: ClientIdentity) -> Response:
    head = branding.client_brand(client.actor.scope)
    return jsonify(shapes.BrandShape(**head).model_dump())


@API.get(
    "/numbers", needs=Permission.CLIENT, call=Call("The numbers of this user", {200: shapes.NumbersShape})
)
def numbers(client: ClientIdentity) -> Response:
    held = queries.numbers_of_user(client.actor.scope)
    running = [row for row in held if row.release_requested_at is None]
    return jsonify(shapes.listed([_number(row) for row in running]))


@API.post(
    "/numbers/<int:number_id>/opt-in",
    needs=Permission.CLIENT,
    call=Call(
        "Answer the question of a number", {200: shapes.NumberShape}, body=shapes.OptInAnswer, problems=(409,)
    ),
)
def answer(client: ClientIdentity, number_id: int, wish: shapes.OptInAnswer) -> Response:
    opt_in.answer(
        client.actor, client.actor.scope, number_id, accept=wish.accept, address=request.remote_addr or ""
    )
    return jsonify(_number(queries.number(client.actor.scope, number_id)).model_dump(mode="json"))


@API.get(
    "/numbers/<int:number_id>/messages",
    needs=Permission.CLIENT,
    call=Call("Messages of a number, newest first", {200: shapes.MessagesShape}, query=shapes.ThreadQuery),
)
def thread(client: ClientIdentity, number_id: int, wish: shapes.ThreadQuery) -> Response:
    queries.number(client.actor.scope, number_id)
    remote = _remote(client, number_id, with_lost_plus(wish.remote), "with") if wish.remote else None
    rows, following = messages.thread(
        client.actor.scope, number_id, remote=remote, before=wish.before, limit=wish.limit
    )
    return jsonify(shapes.listed(_messages(rows), following))


@API.post(
    "/messages",
    needs=Permission.CLIENT,
    call=Call(
        "Send a text",
        {202: shapes.MessageShape},
        body=shapes.NewMessage,
        problems=(404, 409),
        counted=Counted.SENDS,
    ),
)
def send(client: ClientIdentity, wish: shapes.NewMessage) -> tuple[Response, int]:
    message = sending.send(
        client.actor.scope,
        wish.number_id,
        to=wish.to,
        text=wish.text,
        client_ref=wish.client_ref,
        bulk=wish.bulk,
        attachment_ids=wish.attachment_ids,
    )
    return jsonify(_message(message).model_dump(mode="json")), 202


@API.get(
    "/messages/<int:message_id>",
    needs=Permission.CLIENT,
    call=Call("One message", {200: shapes.MessageShape}),
)
def message(client: ClientIdentity, message_id: int) -> Response:
    return jsonify(_message(messages.one(client.actor.scope, message_id)).model_dump(mode="json"))


@API.put(
    "/messages/<int:message_id>/opt-out",
    needs=Permission.CLIENT,
    call=Call(
        "Record that the sender of this text opted out",
        {200: shapes.MessageShape},
        problems=(409,),
    ),
)
def record_opt_out(client: ClientIdentity, message_id: int) -> Response:
    """The same again changes nothing. Only the person takes it back, by START (D11)."""
    address = request.remote_addr or ""
    row = opt_outs.record_opt_out(client.actor, client.actor.scope, message_id, address=address)
    return jsonify(_message(row).model_dump(mode="json"))


@API.get(
    "/messages",
    needs=Permission.CLIENT,
    call=Call("Search in all messages", {200: shapes.MessagesShape}, query=shapes.SearchQuery),
)
def search(client: ClientIdentity, wish: shapes.SearchQuery) -> Response:
    """In all conversations, by words or by remote number."""
    found, following = inbox.search(client.actor.scope, wish.search, before=wish.before, limit=wish.limit)
    return jsonify(shapes.listed(_messages(found), following))


@API.post(
    "/segments",
    needs=Permission.CLIENT,
    call=Call("How a text would go out", {200: shapes.SegmentsShape}, body=shapes.Words),
)
def count(client: ClientIdentity, wish: shapes.Words) -> Response:
    """How a text would go out. Nothing is kept."""
    text = segments.normalised(wish.text)
    found, plainer = segments.count(text), segments.plainer(text)
    counted = shapes.SegmentsShape(
        text=text,
        encoding=found.encoding,
        segments=found.parts,
        units=found.units,
        remaining=found.remaining,
        turning=list(found.turning),
        plainer=plainer if plainer != text else None,
    )
    return jsonify(counted.model_dump(mode="json"))


@API.get(
    "/numbers/<int:number_id>/blocks",
    needs=Permission.CLIENT,
    call=Call("Blocked numbers of a number", {200: shapes.BlocksShape}),
)
def blocks(client: ClientIdentity, number_id: int) -> Response:
    queries.number(client.actor.scope, number_id)
    found = blocking.blocks(client.actor.scope, number_id)
    return jsonify(shapes.listed([shapes.BlockShape(remote=row.remote, blocked=True) for row in found]))


@API.get(
    "/numbers/<int:number_id>/blocks/<secret_path:remote>",
    needs=Permission.CLIENT,
    call=Call("Whether a number is blocked", {200: shapes.BlockShape}, problems=(422,)),
)
def block(client: ClientIdentity, number_id: int, remote: str) -> Response:
    address = _remote(client, number_id, remote)
    return _block(address, blocked=blocking.find_block(client.actor.scope, number_id, address))


@API.put(
    "/numbers/<int:number_id>/blocks/<secret_path:remote>",
    needs=Permission.CLIENT,
    call=Call("Block a number", {200: shapes.BlockShape}, problems=(403, 422)),
)
def put_block(client: ClientIdentity, number_id: int, remote: str) -> Response:
    address = _remote(client, number_id, remote)
    blocking.block(client.actor, client.actor.scope, number_id, address)
    return _block(address, blocked=True)


@API.delete(
    "/numbers/<int:number_id>/blocks/<secret_path:remote>",
    needs=Permission.CLIENT,
    call=Call("Unblock a number", {204: None}, problems=(422,)),
)
def delete_block(client: ClientIdentity, number_id: int, remote: str) -> Response:
    blocking.unblock(client.actor, client.actor.scope, number_id, _remote(client, number_id, remote))
    return nothing()


def _number(row: Any) -> shapes.NumberShape:
    settings = effective(row, row.platform)
    return shapes.NumberShape(
        id=row.id,
        number=row.number,
        friendly_name=row.friendly_name or ten_digits(row.number),
        messaging_type=messaging_type(mms=settings.mms),
        can_block=settings.can_block,
        opt_in=row.opt_in,
    )


def _message(row: Any) -> shapes.MessageShape:
    return _messages([row])[0]


def _messages(rows: list[Any]) -> list[shapes.MessageShape]:
    return [shapes.MessageShape(**event) for event in messages.as_events(rows)]


def _remote(client: ClientIdentity, number_id: int, typed: str, field: str = "remote") -> str:
    return sending.remote_address(client.actor.scope, number_id, typed, field=field)


def _block(remote: str, *, blocked: bool) -> Response:
    return jsonify(shapes.BlockShape(remote=remote, blocked=blocked).model_dump())
