"""The question before something is lost: it names the thing and the loss, and may ask to type the name."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from app.web.fields import TextField
from app.web.htmx import render


class ConfirmForm(FlaskForm):
    """`expects` must be typed; "" asks for the button alone."""

    typed = TextField(_l("Confirmation"))

    def __init__(self, expects: str = "") -> None:
        super().__init__()
        self.expects = expects

    def validate_typed(self, field: TextField) -> None:
        if self.expects and field.data != self.expects:
            raise ValidationError(_("Type %(words)s to confirm.", words=self.expects))


def confirm(form: ConfirmForm, **words: Any) -> Response:
    """The question as a page, or as the inside of a dialog.

    `words`: title, loss, verb (on the button; "" where nothing can be lost: one can only leave), cancel_url.
    If need be: `lost`, a line for each of several things; `refused`, the heading once a rule says no; `tone`
    "primary", where nothing is destroyed.
    """
    refused = form.is_submitted() and form.errors  # a page that says at once why not was asked for nothing
    return render("confirm.html", fragment="content", status=422 if refused else 200, form=form, **words)
