from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from app.access.scope import Scope
from app.services.provisioning.assignment import NumberWish
from app.services.provisioning.settings import effective
from app.web import number_fields
from app.web.fields import RevisionField, TextField
from app.web.number_fields import NumberFields

_SMS, _MMS = SelectChoice("sms", "SMS"), SelectChoice("mms", "MMS & SMS")


class SettingsForm(FlaskForm):
    """What can be changed later. Only what the platform has is offered (S9)."""

    friendly_name = TextField(_l("Friendly Name"), validators=[Length(max=120)])
    messaging_type = SelectField(_l("Messaging Type"))
    user_can_block = BooleanField(_l("User Can Block Numbers"))

    def offer(self, platform: Any) -> None:
        self.messaging_type.choices = [_MMS, _SMS] if platform.mms_available else [_SMS]

    def wish(self, number: str, platform_id: int | None = None) -> NumberWish:
        return NumberWish(
            number=number,
            platform_id=platform_id,
            friendly_name=self.friendly_name.data or "",
            mms=self.messaging_type.data == "mms",
            user_can_block=self.user_can_block.data,
        )


class AddNumberForm(NumberFields, SettingsForm):
    """S8. `platform_id` is left out where there is only one platform."""

    def __init__(self, scope: Scope, platforms: list[Any], chosen: int | None, **options: Any):
        self.scope = scope
        platform = number_fields.chosen(platforms, chosen)
        defaults = {"messaging_type": "mms", "user_can_block": platform.user_can_block}
        super().__init__(data={**defaults, "platform_id": platform.id}, **options)
        self.offer(platform)
        self.offer_platforms(platforms)

    def number_wish(self) -> NumberWish:
        return self.wish(self.number.data or "", self.chosen_platform_id)


class ChangeForm(SettingsForm):
    revision = RevisionField()


def settings_form(assignment: Any) -> ChangeForm:
    """The form of a number's page, filled with what counts now."""
    counts = effective(assignment, assignment.platform)
    form = ChangeForm(
        data={
            "revision": assignment.revision,
            "friendly_name": assignment.friendly_name or "",
            "messaging_type": "mms" if counts.mms else "sms",
            "user_can_block": counts.can_block,
        }
    )
    form.offer(assignment.platform)
    return form
