"""Signing in, renewing tokens, and signing out."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import ValidationError

from app.access.policy import Permission
from app.services.accounts import client_pairs, client_tokens
from app.services.accounts.client_tokens import CannotRefresh, ClientIdentity, NewPair, WrongClientSignIn
from app.services.accounts.tokens import digest
from app.services.messaging import inbox, opt_in
from app.web import devices, refusals
from app.web.client_api import shapes
from app.web.client_api.api import API, body, nothing
from app.web.client_api.description import Call
from app.web.client_api.problems import problem
from app.web.limits import client_tries, client_tries_of, refreshes_of, refused_refreshes


def _claimed() -> tuple[str, str]:
    """Whom somebody tries to sign in as, spelled as the service reads it, so that one account is not tried
    from many addresses; and the token of the device. What names nobody counts together.
    """
    try:
        wish = body(shapes.SignIn)
    except ValidationError:
        return "", ""
    return wish.user_id.strip().lower(), wish.device_token


def _known_device() -> int | None:
    user_id, device_token = _claimed()
    return devices.of_user(user_id, device_token)


def _origin() -> str:
    """From where somebody tries: strangers' tries are not counted as the owner's."""
    return devices.counted_as(_known_device())


def _account() -> str:
    """Whose account is tried; with a device that is known for it, apart from strangers."""
    known = _known_device()
    return f"client:{_claimed()[0]}" if known is None else f"client:device:{known}"


def _used_up() -> None:
    client_tokens.note_locked(_claimed()[0], devices.device())


@API.post(
    "/session",
    needs=None,
    call=Call("Sign in", {201: shapes.SessionShape}, body=shapes.SignIn, problems=(401,)),
)
@client_tries(_origin)
@client_tries_of(_account, _used_up)
def sign_in(wish: shapes.SignIn) -> Response | tuple[Response, int]:
    try:
        device = devices.device(wish.device_token)
        new = client_tokens.sign_in(wish.user_id, wish.password, wish.product, device)
    except WrongClientSignIn as refusal:
        refusals.note(refusal)
        return problem(401, refusal.message)
    prompts = [shapes.PromptShape(**one) for one in opt_in.prompts(new.identity.actor.scope)]
    pair = _pair(new).model_dump()
    session = shapes.SessionShape(**pair, prompts=prompts, device_token=new.device_token)
    return jsonify(session.model_dump(mode="json")), 201


@API.post(
    "/session/refresh",
    needs=None,
    call=Call("Renew the tokens", {200: shapes.PairShape}, body=shapes.Refresh, problems=(401,)),
)
@refused_refreshes()
@refreshes_of(lambda: f"session:{_claimed_session()}")
def refresh(wish: shapes.Refresh) -> Response:
    """A new pair; the one before stops working."""
    try:
        new = client_tokens.refresh(wish.refresh_token)
    except CannotRefresh as refusal:
        refusals.note(refusal)
        return problem(401, refusal.message)
    return jsonify(_pair(new).model_dump(mode="json"))


@API.delete("/session", needs=Permission.CLIENT, call=Call("Sign out", {204: None}))
def sign_out(client: ClientIdentity) -> Response:
    client_tokens.sign_out(client, devices.device())
    return nothing()


@API.get("/session", needs=Permission.CLIENT, call=Call("Whose token this is", {200: shapes.OwnSessionShape}))
def session(client: ClientIdentity) -> Response:
    scope = client.actor.scope
    own = shapes.OwnSessionShape(
        user_id=client.actor.name,
        product=client.product,
        expires_at=client.expires_at,
        unread=inbox.unread(scope),
        prompts=[shapes.PromptShape(**one) for one in opt_in.prompts(scope)],
    )
    return jsonify(own.model_dump(mode="json"))


def _pair(new: NewPair) -> shapes.PairShape:
    return shapes.PairShape(
        token=new.token,
        expires_at=new.expires_at,
        refresh_token=new.refresh_token,
        refresh_expires_at=new.refresh_expires_at,
    )


def _claimed_session() -> str:
    """Which session somebody wants to go on with. What names none counts together."""
    try:
        return digest(client_pairs.family(body(shapes.Refresh).refresh_token))
    except ValidationError:
        return ""
