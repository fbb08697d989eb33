"""The new-user form, filled from a user template."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields import SelectChoice

from app.access.scope import Scope
from app.services.accounts import user_templates
from app.web.filters import word
from app.web.nodes.forms import UserForm


class NewUserForm(UserForm):
    """`template_id` fills timezone and language, and grants its licence when the user is added."""

    template_id = SelectField(_l("Template"), coerce=int, default=0)

    def __init__(self, scope: Scope):
        super().__init__()
        self.templates = {one.id: one for one in user_templates.usable(scope)}
        none = SelectChoice(0, _l("No template"))
        named = (SelectChoice(key, one.name) for key, one in self.templates.items())
        self.template_id.choices = [none, *named]

    @property
    def chosen(self) -> Any:
        return self.templates.get(self.template_id.data or 0)

    @property
    def grants(self) -> str:
        """What the chosen template gives besides what it fills in."""
        if self.chosen is None:
            return _("Fills in timezone and language, and grants its licence.")
        if self.chosen.product is None:
            return _("Timezone and language are filled in; no licence is granted.")
        return _(
            "Timezone and language are filled in. Granted with it: %(product)s, %(kind)s.",
            product=word(self.chosen.product),
            kind=word(self.chosen.licence_kind).lower(),
        )

    def is_being_filled(self) -> bool:
        """Fill in what the template says, where that alone was asked for; what was typed stays."""
        asked = request.args.get("template", "") if request.method == "GET" else ""
        if asked.isdecimal() and len(asked) < 10:
            self.template_id.data = int(asked)
        is_asked = bool(asked) or "fill" in request.form
        if is_asked and self.chosen is not None:
            self.timezone.data, self.language.data = self.chosen.timezone, self.chosen.language
        return is_asked
