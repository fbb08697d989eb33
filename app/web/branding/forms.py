from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField
from wtforms.validators import Length

from app.services.accounts import branding, logos
from app.services.accounts.branding import BrandWish
from app.web.fields import RevisionField, TextField


class BrandForm(FlaskForm):
    """What is empty is as above."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[Length(max=branding.LONGEST_NAME)])
    logo = FileField(_l("Logo"))
    removes_logo = BooleanField(_l("Use the one from above"))
    accent = TextField(_l("Accent Colour"))

    def __init__(self, own: Any = None, **options: Any):
        super().__init__(
            data={
                "revision": own.revision if own else 0,
                "name": own.name if own else "",
                "accent": own.accent if own else "",
            },
            **options,
        )

    def wish(self) -> BrandWish:
        sent = self.logo.data.read(logos.MOST_BYTES + 1) if self.logo.data else None
        return BrandWish(self.name.data, self.accent.data, sent or None, self.removes_logo.data)
