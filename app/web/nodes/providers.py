"""The tab Providers, with which an operator begins."""

from app.vocabulary import Level
from app.web.nodes.below import below

providers = below(Level.SYSTEM, "providers", "Providers")
