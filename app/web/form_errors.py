"""A broken rule appears where the person is looking, not on an error page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask_wtf import FlaskForm

from app.errors import DomainError, NotAllowed, NotFound, Several
from app.services.revisions import ChangedMeanwhile
from app.web import refusals
from app.web.languages import sentence


@contextmanager
def refusals_on(form: FlaskForm, fields: Mapping[type[DomainError], str] | None = None) -> Iterator[None]:
    """Show a refusal beside the field it names, or above the form.

    `fields`: where a kind of refusal belongs on this form that names no field itself.
    """
    try:
        yield
    except (NotFound, NotAllowed):
        raise
    except Several as several:
        for refusal in several.refusals:
            _show(form, refusal, fields or {})
    except DomainError as refusal:
        refusals.note(refusal)
        if isinstance(refusal, ChangedMeanwhile):
            form["revision"].move_to(refusal.revision)
        _show(form, refusal, fields or {})


def _show(form: FlaskForm, refusal: DomainError, fields: Mapping[type[DomainError], str]) -> None:
    words = sentence(refusal.message)
    named = (name for kind, name in fields.items() if isinstance(refusal, kind))
    name = next(named, "") or refusal.field
    if name and name in form:
        field = form[name]
        field.errors = [*field.errors, words]
    else:
        form.form_errors.append(words)
