"""What the whole check can use on this machine: PostgreSQL, Redis, a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

from scripts.launcher.environment import PYTHON

_ASK_DATABASE = """
import os, sqlalchemy
url = sqlalchemy.make_url(os.environ["TEST_DATABASE_URL"])
with sqlalchemy.create_engine(url, connect_args={"connect_timeout": 5}).connect() as line:
    line.execute(sqlalchemy.text("SELECT 1"))
"""
_ASK_REDIS = 'import os, redis; redis.Redis.from_url(os.environ["TEST_REDIS_URL"], socket_timeout=5).ping()'


def why_no_servers(environment: Mapping[str, str]) -> str:
    """What keeps the tests from running on PostgreSQL and Redis; empty when nothing does."""
    for name, question in (("TEST_DATABASE_URL", _ASK_DATABASE), ("TEST_REDIS_URL", _ASK_REDIS)):
        if not environment.get(name):
            return f"{name} is not set. Set both it and its sibling, as .ci/run does."
        asked = subprocess.run(
            [str(PYTHON), "-c", question], env=dict(environment), capture_output=True, check=False
        )
        if asked.returncode:
            return f"Nothing answers at {name}. Start the server, or run .ci/run, which does."
    return ""


def why_no_browser() -> str:
    """What keeps the journeys from running; empty when Chromium is there."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return ""
    return "There is no Chromium. Install it, on Debian or Ubuntu with: sudo apt install chromium"


def is_ci() -> bool:
    """In CI a missing part fails the check; on a laptop it is said aloud."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}
