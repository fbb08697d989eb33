"""Every address of the portal and of the client API, at every level of the tree, read from the url map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.access.policy import Permission
from app.vocabulary import Level
from app.web.tab import TABS
from tests import make
from tests.web.world import FILL, Branch

# Open on purpose; each has its own check: a password, a token in its address, the carrier's signature.
OPEN = {
    "static",
    "auth.start",
    "auth.sign_in",
    "auth.sign_in_post",
    "auth.sign_in_code",
    "auth.sign_out",
    "auth.forgot_password",
    "auth.forgot_password_sent",
    "auth.reset_password",
    "auth.welcome",
    "auth.new_address",
    "auth.client_password",
    "auth.client_password_set",
    "receiver.inteliquent",
    "receiver.inteliquent_legacy",
    "health.healthz",
    "health.readyz",
    "client_api.sign_in",
    "client_api.refresh",
    "client_api.openapi",
    "client_api.page",
    "unity.sign_in",
    "unity.sign_in_post",
    "unity.forgotten_password",
    "unity.forgotten_password_sent",
    "brand_files.logo",
    "brand_files.sheet",
    "media_links.page",
    "media_links.file",
}


@dataclass(frozen=True)
class Stop:
    """One address at one level with one method."""

    rule: Rule
    level: Level
    method: str
    needs: Permission

    @property
    def is_changing(self) -> bool:
        return self.method != "GET" or self.needs.value.endswith(":change")

    @property
    def nested(self) -> set[str]:
        return self.rule.arguments - {"scope"}

    def values(self, node: Branch, ids: Branch | None = None) -> dict[str, Any]:
        """The parts of the address: the node of one branch, the other ids of the same or another one."""
        ids = ids or node
        found = {name: FILL[name](ids, self.rule.endpoint, self.level) for name in self.nested}
        if "scope" in self.rule.arguments:
            found["scope"] = make.at(node.nodes[self.level])
        return found

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} at {self.level}"


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def portal(app: Flask) -> list[Stop]:
    tabs = {tab.name: tab for tab in TABS}
    return [
        Stop(rule, level, method, app.view_functions[rule.endpoint].needs)
        for rule in app.url_map.iter_rules()
        if "scope" in rule.arguments
        for level in Level
        if level in tabs[rule.endpoint.partition(".")[0]].levels
        for method in _methods(rule)
    ]


def client_api(app: Flask) -> list[Stop]:
    return [
        Stop(rule, Level.USER, method, app.view_functions[rule.endpoint].needs)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("client_api.") and rule.endpoint not in OPEN
        for method in _methods(rule)
    ]


def web_client(app: Flask) -> list[Stop]:
    return [
        Stop(rule, Level.USER, method, app.view_functions[rule.endpoint].needs)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("unity.") and rule.endpoint not in OPEN
        for method in _methods(rule)
    ]


def address(app: Flask, stop: Stop, values: dict[str, Any]) -> str:
    with app.test_request_context():
        return app.url_map.bind("localhost").build(stop.rule.endpoint, values, method=stop.method)
