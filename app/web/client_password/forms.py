from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import DataRequired


class ClientPasswordForm(FlaskForm):
    password = PasswordField(_l("Client password"), validators=[DataRequired(_l("Choose a password."))])
