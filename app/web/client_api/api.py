"""The blueprint of the client API: every route names its permission, every call shows a token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized

from app.access import policy
from app.access.policy import Permission
from app.config import settings
from app.errors import DomainError
from app.services.accounts import client_tokens
from app.services.accounts.client_tokens import ClientIdentity
from app.web import refusals
from app.web.client_api.description import Call, Counted
from app.web.client_api.problems import fields_of, problem
from app.web.limits import Budget, limiter, spend, spend_unknown_token, spend_uploads
from app.web.statuses import headers_of, status_of

M = TypeVar("M", bound=BaseModel)
_MOST_BYTES = 64 * 1024


class Api(Blueprint):
    """Leaving out `needs` or `call` is a TypeError at import. `needs=None` is for an open door."""

    def route(  # type: ignore[override]  # a permission more than Flask asks for
        self, rule: str, *, needs: Permission | None, call: Call, **options: Any
    ) -> Callable[..., Any]:
        register = super().route(rule, **options)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                if needs is None:
                    return view(*args, **kwargs, **_wish(call))
                identity = _identity()
                policy.require(identity.actor, needs)
                if (too_many := _spend(identity, call.counted)) is not None:
                    return too_many
                return view(identity, *args, **kwargs, **_wish(call))

            guarded.needs = needs  # type: ignore[attr-defined]  # read by the route test
            guarded.call = call  # type: ignore[attr-defined]  # read by the description
            register(guarded)
            return guarded

        return decorate


API = Api("client_api", __name__, url_prefix="/client/v1")


def body(shape: type[M]) -> M:
    """The JSON body, validated. Raises ValidationError, which is answered with a field list."""
    request.max_content_length = _MOST_BYTES
    return shape.model_validate_json(request.get_data() or b"null")


def form(shape: type[M]) -> M:
    """The fields and files of a form, validated."""
    request.max_content_length = settings().upload_most_bytes + _MOST_BYTES
    return shape.model_validate({**request.form.to_dict(), **request.files.to_dict()})


def query(shape: type[M]) -> M:
    """The query string, validated."""
    return shape.model_validate(request.args.to_dict())


def nothing() -> Response:
    """204: no body, and so no type of one."""
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


def _wish(call: Call) -> dict[str, BaseModel]:
    """What the call is declared to take, validated."""
    if call.body is not None:
        return {"wish": body(call.body)}
    if call.form is not None:
        return {"wish": form(call.form)}
    return {"wish": query(call.query)} if call.query is not None else {}


def most(counted: Counted) -> int:
    """What one session, or for files one user, may do of this in a minute."""
    found = {
        Counted.CALLS: settings().client_calls_per_minute,
        Counted.SENDS: settings().client_sends_per_minute,
        Counted.UPLOADS: settings().uploads_per_minute,
    }
    return found[counted]


def _spend(identity: ClientIdentity, counted: Counted) -> Response | None:
    """Count this call; the refusal when the minute's share of its session, or its user, is used up."""
    if not limiter.enabled:
        return None
    if counted is Counted.UPLOADS:
        budget = spend_uploads(identity.user_id, identity.provider_id)
    else:
        budget = spend(counted.name.lower(), identity.session_id, most(counted))
    request.budget = budget  # type: ignore[attr-defined]  # told with the answer, whichever it is
    if not budget.is_used_up:
        return None
    wait = f"Wait {budget.seconds_left} seconds, then try again."
    refusals.note(TooManyRequests())
    refusal = problem(429, f"This {counted.whose} used up its {budget.most} {counted} a minute. {wait}")
    refusal.headers["Retry-After"] = str(budget.seconds_left)
    return refusal


@API.after_request
def tell_budget(answer: Response) -> Response:
    """How much of the minute is left, where something was counted."""
    budget: Budget | None = getattr(request, "budget", None)
    if budget is not None:
        answer.headers.update(budget.headers)
    return answer


def _identity() -> ClientIdentity:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    identity = client_tokens.signed_in(token.strip()) if kind.lower() == "bearer" and token else None
    if identity is None:
        if token and limiter.enabled and (budget := spend_unknown_token()).is_used_up:
            raise TooManyRequests(retry_after=budget.seconds_left)
        raise Unauthorized
    request.actor = identity.actor  # type: ignore[attr-defined]  # for security events
    return identity


@API.errorhandler(ValidationError)
def invalid(error: ValidationError) -> Response:
    return problem(422, fields=fields_of(error))


@API.errorhandler(DomainError)
def refused(refusal: DomainError) -> Response:
    refusals.note(refusal)
    fields = [{"field": refusal.field, "message": refusal.message}] if refusal.field else None
    answer = problem(status_of(refusal), refusal.message, fields)
    answer.headers.update(headers_of(refusal))
    return answer


@API.errorhandler(HTTPException)
def failed(error: HTTPException) -> Response:
    refusals.note(error)
    response = problem(error.code or 500)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after or 60)
    return response
