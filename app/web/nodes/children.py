"""The tabs Resellers, Groups and Users. Providers stands in front of all others: providers.py."""

from flask_babel import lazy_gettext as _l

from app.vocabulary import Level
from app.web.nodes.below import below

resellers = below(Level.PROVIDER, "resellers", _l("Resellers"))
groups = below(Level.RESELLER, "groups", _l("Groups"))
users = below(Level.GROUP, "users", _l("Users"))
