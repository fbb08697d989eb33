"""The fields with which a number of a carrier account is chosen, for a user or a media stream (S8, S14)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from app.web.fields import PhoneField
from app.web.validators import OnCarrierAccount


class NumberFields:
    """For a form with `scope`, the place of the holder, and `number_wish()`; it calls `offer_platforms`."""

    number = PhoneField(
        _l("Number"), validators=[DataRequired(_l("Enter a ten-digit US number.")), OnCarrierAccount()]
    )
    platform_id = SelectField(_l("Platform"), coerce=int)
    turn_on = BooleanField()
    offers_messaging = False

    @property
    def wants_messaging_on(self) -> bool:
        """Turn on messaging was pressed: the number is looked up after that."""
        return bool(self.turn_on.data)

    @property
    def chosen_platform_id(self) -> int | None:
        """None where there is only one."""
        return self.platform_id.data if self.platform_id else None

    def offer_platforms(self, platforms: list[Any]) -> None:
        """The field is left out where there is only one platform (S8)."""
        self.platform_id.choices = [SelectChoice(str(one.id), platform_label(one)) for one in platforms]
        if len(platforms) == 1:
            del self.platform_id


def chosen(platforms: list[Any], platform_id: int | None) -> Any:
    """The platform that a form speaks of: the chosen one, else the first."""
    return next((one for one in platforms if one.id == platform_id), platforms[0])


def platform_label(platform: Any) -> str:
    """The name and the end of the account, where there are several to tell apart (D36)."""
    return _("%(name)s, account ••••%(last)s", name=platform.name, last=(platform.account_key or "")[-4:])
