from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from app.services.accounts.passwords import LONGEST, SHORTEST
from app.web.fields import EmailAddressField, TextField


class SignInForm(FlaskForm):
    email = EmailAddressField(
        _l("E-mail address"), validators=[DataRequired(_l("Enter your e-mail address."))]
    )
    password = PasswordField(_l("Password"), validators=[DataRequired(_l("Enter your password."))])


class CodeForm(FlaskForm):
    code = TextField(
        _l("Code"), validators=[DataRequired(_l("Enter the code that your app shows, or a recovery code."))]
    )


class ForgotPasswordForm(FlaskForm):
    email = EmailAddressField(
        _l("E-mail address"),
        validators=[DataRequired(_l("Enter the e-mail address that you sign in with.")), Length(max=254)],
    )


class NewPasswordForm(FlaskForm):
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
