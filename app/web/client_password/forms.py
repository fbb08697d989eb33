from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired


class ClientPasswordForm(FlaskForm):
    password = PasswordField("Client password", validators=[DataRequired("Choose a password.")])
