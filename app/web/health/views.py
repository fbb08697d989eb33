"""For load balancers and the launcher: alive, and ready. Open to everybody, tells nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app import health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 while something is missing. A Redis alone missing slows us down and does not stop us (D24, S25)."""
    found = health.report()
    needed = {name: word for name, word in found.items() if not name.startswith("redis")}
    is_ready = all(word == "ok" for word in needed.values())
    return jsonify(status="ready" if is_ready else "not ready", **found), 200 if is_ready else 503
