from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from app.services.accounts.nodes import TEXTS_PER_MINUTE, NodeWish
from app.services.accounts.users import UserWish
from app.web.fields import (
    CountField,
    EmailAddressField,
    LanguageField,
    RevisionField,
    TextField,
    TimezoneField,
)


class NodeForm(FlaskForm):
    """A reseller or group."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    account_reference = TextField(_l("Account Reference"), validators=[Length(max=120)])
    trial_days = CountField(_l("Trial Length"))

    def wish(self) -> NodeWish:
        return NodeWish(self.name.data, self.account_reference.data, self.trial_days.data)


class ProviderForm(NodeForm):
    """A provider, with what counts for sending below it (D14)."""

    texts_per_minute = CountField(_l("Texts per minute of each number"), default=TEXTS_PER_MINUTE)

    def wish(self) -> NodeWish:
        texts = self.texts_per_minute.data
        return NodeWish(
            self.name.data,
            self.account_reference.data,
            self.trial_days.data,
            TEXTS_PER_MINUTE if texts is None else texts,
        )


class UserForm(FlaskForm):
    """A user (S12)."""

    revision = RevisionField()
    broadworks_id = TextField(
        _l("User ID / MAC Address"), validators=[DataRequired(_l("Enter the user id.")), Length(max=161)]
    )
    name = TextField(
        _l("User / Computer Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)]
    )
    timezone = TimezoneField(default="America/New_York")
    language = LanguageField(default="en")
    external_reference = TextField(_l("External Reference"), validators=[Length(max=120)])
    email = EmailAddressField(_l("Email Address"), validators=[Length(max=254)])
    trial_days = CountField(_l("Trial Length"))

    def wish(self) -> UserWish:
        return UserWish(
            broadworks_id=self.broadworks_id.data,
            name=self.name.data,
            timezone=self.timezone.data,
            language=self.language.data,
            external_reference=self.external_reference.data,
            email=self.email.data,
            trial_days=self.trial_days.data,
        )
