"""A broken rule appears where the person is looking, not on an error page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_wtf import FlaskForm

from app.errors import DomainError, NotAllowed, NotFound


@contextmanager
def refusals_on(form: FlaskForm) -> Iterator[None]:
    """Show a refusal beside the field it names, or above the form."""
    try:
        yield
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        if refusal.field and refusal.field in form:
            field = form[refusal.field]
            field.errors = [*field.errors, refusal.message]
        else:
            form.form_errors.append(refusal.message)
