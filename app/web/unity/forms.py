from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.phone import LONGEST_TYPED
from app.web.fields import TextField

_LONGEST_ID = 161


class SignInForm(FlaskForm):
    user_id = TextField(
        _l("User ID"), validators=[DataRequired(_l("Enter your user id.")), Length(max=_LONGEST_ID)]
    )
    password = PasswordField(
        _l("Password"), validators=[DataRequired(_l("Enter your password.")), Length(max=200)]
    )


class ForgotPasswordForm(FlaskForm):
    user_id = TextField(
        _l("User ID"), validators=[DataRequired(_l("Enter your user id.")), Length(max=_LONGEST_ID)]
    )


class MessageForm(FlaskForm):
    """What is written. `client_ref` names this message, so that sending the form again sends nothing.

    `files` are the uploads that can go with it, `wanted` the ids of all that are to, gone ones as well.
    """

    files: tuple[Any, ...] | list[Any] = ()
    wanted: tuple[int, ...] | list[int] = ()
    text = TextAreaField(_l("Message"))
    client_ref = HiddenField(validators=[DataRequired(), Length(max=64)])


class FirstMessageForm(MessageForm):
    """The first message of a new conversation."""

    number_id = SelectField(_l("From"), coerce=int, validate_choice=False)
    to = TextField(
        _l("To"),
        validators=[DataRequired(_l("Enter a phone number or a short code.")), Length(max=LONGEST_TYPED)],
    )
