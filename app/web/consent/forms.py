from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from app.services.messaging.automatic_texts import AutomaticText, TextsWish
from app.web.fields import CountField, RevisionField


class TextsForm(FlaskForm):
    """An empty text follows ours."""

    revision = RevisionField()
    prompt_text = TextAreaField(_l("Question to the user"))
    stop_text = TextAreaField(_l("Answer to STOP"))
    start_text = TextAreaField(_l("Answer to START"))
    help_text = TextAreaField(_l("Answer to HELP"))

    def wish(self) -> TextsWish:
        return TextsWish({which: self.typed(which) for which in AutomaticText})

    def typed(self, which: AutomaticText) -> str:
        return str(self[which].data or "")


class OptOutWordsForm(FlaskForm):
    """One word or phrase a line."""

    revision = RevisionField()
    opt_out_words = TextAreaField(_l("Further opt-out words"))

    def __init__(self, provider: Any, **more: Any):
        words = "\n".join(provider.opt_out_words)
        super().__init__(data={"revision": provider.revision, "opt_out_words": words}, **more)


class RetentionForm(FlaskForm):
    revision = RevisionField()
    retention_days = CountField(_l("Days that texts are kept"))

    def __init__(self, provider: Any):
        super().__init__(data={"revision": provider.revision, "retention_days": provider.retention_days})
