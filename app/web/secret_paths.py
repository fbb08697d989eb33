"""Which parts of addresses are secrets: `<secret:token>` in a rule says so, and no log holds what is there.

A part of an address that is neither an id nor a place in the tree must say what it is; a test walks all.
"""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import PathConverter, Rule, UnicodeConverter

from app import logs


class Secret(UnicodeConverter):
    """A part of an address that lets somebody in, or that names a person."""


class SecretPath(PathConverter):
    """The same with slashes in it, as some spellings of numbers have them (D26)."""


def register(app: Flask) -> None:
    """Called when all rules are known: from here on logs hide what stands in their secret parts."""
    logs.hide_paths(filter(None, map(prefix, app.url_map.iter_rules())))


def prefix(rule: Rule) -> str:
    """A pattern of what stands before the first secret of an address; "" where there is none."""
    found = ""
    for static, name in re.findall(r"([^<]*)(?:<(?:[^:<>]*:)?([^<>]+)>)?", rule.rule):
        found += re.escape(static)
        if name and isinstance(rule._converters.get(name), Secret | SecretPath):
            return found
        found += r"[^/\s?#]+" if name else ""
    return ""
