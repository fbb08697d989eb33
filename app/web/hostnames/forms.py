from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from app.web.fields import TextField


class HostnameForm(FlaskForm):
    hostname = TextField(
        _l("Host name"), validators=[DataRequired(_l("Enter a host name.")), Length(max=253)]
    )
