from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice

from app.services.accounts.automatic_assignment import Follows, Settings, revision
from app.vocabulary import Product
from app.web.fields import RevisionField
from app.web.filters import word

_ABOVE, _NONE = "", "none"


class FollowsForm(FlaskForm):
    """What follows the trial of each product."""

    revision = RevisionField()
    desktop = SelectField(_l("Trial of Unity Desktop"), default=_ABOVE)
    agent = SelectField(_l("Trial of Unity Agent"), default=_ABOVE)
    supervisor = SelectField(_l("Trial of Unity Supervisor"), default=_ABOVE)
    reception = SelectField(_l("Trial of Unity Reception"), default=_ABOVE)

    def __init__(self, own: Settings, inherited: Mapping[Product, Follows]):
        given = {trial.value: product or _NONE for trial, product in own.items()}
        super().__init__(data={**given, "revision": revision(own)})
        for trial in Product:
            self[trial.value].choices = [
                SelectChoice(_ABOVE, as_above(inherited[trial])),
                SelectChoice(_NONE, _("No licence")),
                *(SelectChoice(one.value, word(one)) for one in Product),
            ]

    def wish(self) -> dict[Product, Product | None]:
        typed = {trial: self[trial.value].data for trial in Product}
        return {
            trial: None if said == _NONE else Product(said) for trial, said in typed.items() if said != _ABOVE
        }


def as_above(follows: Follows) -> str:
    """`As above: no licence, from the reseller`"""
    what = word(follows.product) if follows.product else _("no licence")
    if follows.source is None:
        return _("As above: %(what)s", what=what)
    return _("As above: %(what)s, from the %(level)s", what=what, level=word(follows.source.level).lower())
