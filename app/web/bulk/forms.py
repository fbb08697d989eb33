from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from app.services.provisioning.bulk import Upload
from app.web.fields import one_line
from app.web.number_fields import platform_label


class UploadForm(FlaskForm):
    """A file, or rows pasted. `platform_id` is left out where there is only one platform (S7)."""

    file = FileField(_l("CSV file"))
    pasted = TextAreaField(_l("Rows"))
    platform_id = SelectField(_l("Platform"), coerce=int)

    def __init__(self, platforms: list[Any]):
        super().__init__()
        self.platform_id.choices = [SelectChoice(str(one.id), platform_label(one)) for one in platforms]
        if len(platforms) == 1:
            del self.platform_id

    def validate_file(self, field: FileField) -> None:
        if not field.data and not (self.pasted.data or "").strip():
            raise ValidationError(_("Choose a file, or paste rows below."))

    def sent(self) -> Upload:
        """The file; what was pasted when there is none."""
        platform_id = self.platform_id.data if self.platform_id else None
        if self.file.data:
            name = one_line(self.file.data.filename) or _("A file without a name")
            return Upload(name, self.file.data.read(), platform_id)
        return Upload(_("Pasted rows"), (self.pasted.data or "").encode(), platform_id)
