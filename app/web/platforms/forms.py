from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice

from app.access.scope import Scope
from app.services.provisioning.platforms import PlatformWish
from app.vocabulary import CARRIER_NAMES, CarrierName
from app.web.fields import CountField, RevisionField, SecretField, TextField
from app.web.validators import AlertRecipientExists


class PlatformForm(FlaskForm):
    """S2. Whether a key is missing is for the service: on update an empty one keeps what is stored (D6)."""

    carrier = SelectField(
        _l("CPaaS Platform"),
        choices=[SelectChoice(carrier, words) for carrier, words in CARRIER_NAMES.items()],
        validators=[AlertRecipientExists()],
    )
    name = TextField(_l("Name"))
    account_key = SecretField(_l("Account/Key"))
    token_secret = SecretField(_l("Token/Secret"))
    outbound_api_key = SecretField(_l("Outbound API Key"))
    user_confirmation_required = BooleanField(_l("User Confirmation Required"), default=True)
    user_can_block = BooleanField(_l("User Can Block Numbers"), default=True)
    mms_available = BooleanField(_l("MMS Available (includes SMS)"), default=True)

    texts_per_minute = CountField(_l("Texts per minute of each number"))
    accepts_legacy = BooleanField(_l("Accept Calls at the Legacy Address"))
    revision = RevisionField()

    def __init__(self, scope: Scope, **options: Any):
        super().__init__(**options)
        self.scope = scope

    def wish(self) -> PlatformWish:
        return PlatformWish(
            carrier=CarrierName(self.carrier.data),
            name=self.name.data or "",
            account_key=self.account_key.data or "",
            token_secret=self.token_secret.data or "",
            outbound_api_key=self.outbound_api_key.data or "",
            user_confirmation_required=self.user_confirmation_required.data,
            user_can_block=self.user_can_block.data,
            mms_available=self.mms_available.data,
            texts_per_minute=self.texts_per_minute.data,
            accepts_legacy=self.accepts_legacy.data,
        )
