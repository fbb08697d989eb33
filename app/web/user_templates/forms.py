from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from app.services.accounts.user_templates import TemplateWish
from app.vocabulary import LicenceKind, Product
from app.web.fields import LanguageField, RevisionField, TextField, TimezoneField
from app.web.filters import word

_KINDS = (LicenceKind.PERMANENT, LicenceKind.TRIAL)


class TemplateForm(FlaskForm):
    """The settings that a new user starts with."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    timezone = TimezoneField(default="America/New_York")
    language = LanguageField(default="en")
    product = SelectField(_l("Licence"), default="")
    licence_kind = SelectField(_l("Kind"), default=LicenceKind.PERMANENT.value)

    def __init__(self, template: Any = None):
        super().__init__(obj=template)
        self.product.choices = [
            SelectChoice("", _l("No licence")),
            *(SelectChoice(one.value, word(one)) for one in Product),
        ]
        self.licence_kind.choices = [SelectChoice(one.value, word(one)) for one in _KINDS]
        if self.product.data in {None, "None"}:
            self.product.data = ""
        if self.licence_kind.data in {None, "None"}:
            self.licence_kind.data = LicenceKind.PERMANENT.value

    def wish(self) -> TemplateWish:
        return TemplateWish(
            name=self.name.data,
            timezone=self.timezone.data,
            language=self.language.data,
            product=Product(self.product.data) if self.product.data else None,
            licence_kind=LicenceKind(self.licence_kind.data),
        )
