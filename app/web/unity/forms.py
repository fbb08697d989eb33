from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired, Length

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
