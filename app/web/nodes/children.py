"""The tabs Resellers, Groups and Users. Providers stands in front of all others: providers.py."""

from app.vocabulary import Level
from app.web.nodes.below import below

resellers = below(Level.PROVIDER, "resellers", "Resellers")
groups = below(Level.RESELLER, "groups", "Groups")
users = below(Level.GROUP, "users", "Users")
