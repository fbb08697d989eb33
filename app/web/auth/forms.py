from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from app.services.accounts.passwords import LONGEST, SHORTEST
from app.web.fields import EmailAddressField


class SignInForm(FlaskForm):
    email = EmailAddressField("E-mail address", validators=[DataRequired("Enter your e-mail address.")])
    password = PasswordField("Password", validators=[DataRequired("Enter your password.")])


class NewPasswordForm(FlaskForm):
    password = PasswordField(
        "New password",
        description=f"{SHORTEST} characters or more.",
        validators=[
            DataRequired("Choose a password."),
            Length(SHORTEST, LONGEST, f"Choose a password of {SHORTEST} to {LONGEST} characters."),
        ],
    )
    again = PasswordField(
        "The same password again", validators=[EqualTo("password", "The two passwords are not the same.")]
    )
