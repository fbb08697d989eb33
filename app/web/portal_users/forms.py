from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from app.access.scope import Scope
from app.services.accounts.portal_users import PortalUserWish
from app.vocabulary import Role
from app.web.fields import EmailAddressField, RevisionField, TextField, TimezoneField
from app.web.validators import KeepsAnAlertRecipient


class PortalUserForm(FlaskForm):
    """S6. The four switches are off at first."""

    revision = RevisionField()
    name = TextField(_l("User Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    email = EmailAddressField(
        _l("Email Address"), validators=[DataRequired(_l("Enter an e-mail address.")), Length(max=254)]
    )
    timezone = TimezoneField(default="America/New_York")
    role = SelectField(
        _l("Role"),
        choices=[
            SelectChoice(Role.ADMINISTRATOR, _l("Administrator: sees and changes")),
            SelectChoice(Role.READ_ONLY, _l("Read only: sees")),
        ],
        default=Role.ADMINISTRATOR,
    )
    is_enabled = BooleanField(_l("May Sign In"), default=True)
    send_technical_emails = BooleanField(_l("Send Technical Emails"))
    send_alerts = BooleanField(_l("Send Alerts"), validators=[KeepsAnAlertRecipient()])
    send_invoices = BooleanField(_l("Send Invoices & Receipts"))
    send_licence_expiry_alerts = BooleanField(_l("Send License Expiry Alerts"))

    def __init__(self, scope: Scope, person: Any = None):
        super().__init__(obj=person)
        self.scope, self.person = scope, person

    def wish(self) -> PortalUserWish:
        return PortalUserWish(
            name=self.name.data,
            email=self.email.data,
            timezone=self.timezone.data,
            role=Role(self.role.data),
            is_enabled=self.is_enabled.data,
            send_technical_emails=self.send_technical_emails.data,
            send_alerts=self.send_alerts.data,
            send_invoices=self.send_invoices.data,
            send_licence_expiry_alerts=self.send_licence_expiry_alerts.data,
        )
