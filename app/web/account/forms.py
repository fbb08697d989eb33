from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from app.services.accounts.passwords import LONGEST, SHORTEST
from app.web.fields import RevisionField, TextField, TimezoneField


class DetailsForm(FlaskForm):
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    timezone = TimezoneField()
    revision = RevisionField()


class OwnPasswordForm(FlaskForm):
    old = PasswordField(_l("Current password"), validators=[DataRequired(_l("Enter your current password."))])
    password = PasswordField(
        _l("New password"),
        description=_l("%(shortest)d characters or more.", shortest=SHORTEST),
        validators=[
            DataRequired(_l("Choose a password.")),
            Length(
                SHORTEST,
                LONGEST,
                _l("Choose a password of %(min)d to %(max)d characters.", min=SHORTEST, max=LONGEST),
            ),
        ],
    )
    again = PasswordField(
        _l("The same password again"),
        validators=[EqualTo("password", _l("The two passwords are not the same."))],
    )


class SetupForm(FlaskForm):
    setup = HiddenField()
    code = TextField(_l("Code"), validators=[DataRequired(_l("Enter the code that the app shows."))])


class TurnOffForm(FlaskForm):
    password = PasswordField(_l("Your password"), validators=[DataRequired(_l("Enter your password."))])
    code = TextField(
        _l("Code"), validators=[DataRequired(_l("Enter the code that your app shows, or a recovery code."))]
    )
