from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from app.access.scope import Scope
from app.services.contact_center.streams import StreamWish
from app.services.messaging.sending import LONGEST_TEXT
from app.services.provisioning.assignment import NumberWish
from app.services.provisioning.settings import effective
from app.vocabulary import MediaType
from app.web import number_fields
from app.web.fields import LanguageField, RevisionField, TextField, TimezoneField
from app.web.number_fields import NumberFields


class StreamForm(FlaskForm):
    """S13 and S14, without what stays as it was when the stream was made."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    language = LanguageField(default="en")
    can_be_transferred = BooleanField(_l("Conversation Can Be Transferred"), default=True)
    can_be_escalated = BooleanField(_l("Conversation Can Be Escalated"))
    timezone = TimezoneField(default="America/New_York")
    in_office_profile_id = SelectField(_l("In Office Profile"), coerce=lambda typed: str(typed or ""))
    use_last_agent = BooleanField(_l("Use Last Agent If Available"))
    reopen_on_reply = BooleanField(_l("Reopen Conversation On Reply"))
    mms = BooleanField(_l("MMS Available"))
    user_can_block = BooleanField(_l("Remote Numbers Can Be Blocked"))
    reply_in_hours = TextAreaField(
        _l("Initial reply within business hours"),
        validators=[
            Length(
                max=LONGEST_TEXT,
                message=_l("A text has %(most)s characters at most.", most=f"{LONGEST_TEXT:,}"),
            )
        ],
        filters=[lambda typed: (typed or "").replace("\r\n", "\n")],
    )

    def __init__(self, scope: Scope, platform: Any, profiles: list[Any], **options: Any):
        super().__init__(**options)
        self.scope, self.platform = scope, platform
        self.in_office_profile_id.choices = [
            SelectChoice("", _("None")),
            *(SelectChoice(str(one.id), one.name) for one in profiles),
        ]
        if platform is None or not platform.mms_available:
            del self.mms

    def wish(self, media_type: str = MediaType.SMS) -> StreamWish:
        return StreamWish(
            name=self.name.data,
            timezone=self.timezone.data,
            language=self.language.data,
            media_type=media_type,
            can_be_transferred=self.can_be_transferred.data,
            can_be_escalated=self.can_be_escalated.data,
            in_office_profile_id=int(self.in_office_profile_id.data or 0) or None,
            use_last_agent=self.use_last_agent.data,
            reopen_on_reply=self.reopen_on_reply.data,
            reply_in_hours=self.reply_in_hours.data if self.reply_in_hours else "",
        )

    def settings(self, number: str = "", platform_id: int | None = None) -> NumberWish:
        return NumberWish(
            number=number,
            platform_id=platform_id,
            mms=self.mms.data if self.mms else False,
            user_can_block=bool(self.user_can_block and self.user_can_block.data),
        )


class NewStreamForm(NumberFields, StreamForm):
    """The SMS Configuration is there once the media type is SMS, with the values of the platform at first."""

    media_type = SelectField(_l("Media Type"), validators=[DataRequired(_l("Choose a media type."))])
    shown_for = HiddenField()  # the platform whose values the page showed

    def __init__(self, scope: Scope, platforms: list[Any], chosen: int | None, profiles: list[Any]):
        platform = number_fields.chosen(platforms, chosen)
        super().__init__(scope, platform, profiles, data={"platform_id": platform.id})
        self.media_type.choices = [SelectChoice("", ""), SelectChoice(MediaType.SMS, "SMS")]
        self.offer_platforms(platforms)
        if self.media_type.data != MediaType.SMS:
            for name in ("number", "platform_id", "turn_on", "mms", "user_can_block", "reply_in_hours"):
                if name in self:
                    del self[name]
        elif self.shown_for.data != str(platform.id):
            self.user_can_block.data = platform.user_can_block
            if self.mms:
                self.mms.data = True
        self.shown_for.data, self.shown_for.raw_data = str(platform.id), None

    def number_wish(self) -> NumberWish:
        return self.settings(self.number.data or "", self.chosen_platform_id)


def details_form(scope: Scope, stream: Any, number: Any, profiles: list[Any]) -> StreamForm:
    """The form of a stream's page. `number` None or released: nothing to set for it."""
    values = {
        name: getattr(stream, name)
        for name in (
            "revision",
            "name",
            "language",
            "can_be_transferred",
            "can_be_escalated",
            "timezone",
            "in_office_profile_id",
            "use_last_agent",
            "reopen_on_reply",
            "reply_in_hours",
        )
    }
    platform = number.platform if number is not None and not number.release_requested_at else None
    if platform is not None:
        counts = effective(number, platform)
        values |= {"mms": counts.mms, "user_can_block": counts.can_block}
    form = StreamForm(scope, platform, profiles, data=values)
    if platform is None:
        del form.user_can_block
    return form
