from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice

from app.vocabulary import SignatureMode
from app.web.fields import RevisionField


class SignatureForm(FlaskForm):
    """Whether a wrong signature refuses a call of the carrier, or is only marked and counted."""

    signature_mode = SelectField(
        _l("A call with a wrong signature"),
        choices=[
            SelectChoice(SignatureMode.ENFORCE.value, _l("Enforce: refused, and kept")),
            SelectChoice(SignatureMode.OBSERVE.value, _l("Observe: accepted if the header is right")),
        ],
    )
    revision = RevisionField()
