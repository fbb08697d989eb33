from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import DateField, SelectChoice
from wtforms.validators import Optional, ValidationError

from app.services.accounts.licences import Term
from app.vocabulary import LicenceKind, LicenceState, Product
from app.web.fields import RevisionField
from app.web.filters import shown, word

_STATES = (LicenceState.ACTIVE, LicenceState.EXPIRING, LicenceState.EXPIRED, LicenceState.ENDED)


class DayField(DateField):
    """A day of the calendar, as browsers send it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as wrong:
            raise ValidationError(str(_l("Enter a day, for example 2027-03-31."))) from wrong


class TermForm(FlaskForm):
    """How long a licence lasts."""

    kind = SelectField(_l("Kind"))
    last_day = DayField(_l("Last Day"), validators=[Optional()])
    revision = RevisionField()

    def __init__(self, **given: Any):
        super().__init__(**given)
        self.kind.choices = [SelectChoice(kind.value, word(kind)) for kind in LicenceKind]

    def term(self) -> Term:
        return Term(LicenceKind(self.kind.data), self.last_day.data)


class GrantForm(TermForm):
    product = SelectField(_l("Product"))

    def __init__(self, **given: Any):
        super().__init__(**given)
        self.product.choices = [SelectChoice(product.value, word(product)) for product in Product]


def filter_choices() -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed to, by the name in the address."""
    return {
        "product": [(one.value, word(one)) for one in Product],
        "kind": [(one.value, word(one)) for one in LicenceKind],
        "state": [(one.value, str(shown(one).word)) for one in _STATES],
    }
