"""The tab Providers, with which an operator begins."""

from flask_babel import lazy_gettext as _l

from app.vocabulary import Level
from app.web.nodes.below import below

providers = below(Level.SYSTEM, "providers", _l("Providers"))
