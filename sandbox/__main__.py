"""`python -m sandbox`: run the stand-in carrier until SIGTERM or Ctrl-C."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys

from sandbox.server import Server
from sandbox.settings import BadSetting, from_environment
from sandbox.store import Store


def main() -> None:
    """Read the settings and serve; a setting that cannot be used is one sentence and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    try:
        settings = from_environment(os.environ)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        Store(settings.database)
    except BadSetting as problem:
        sys.exit(str(problem))
    except (OSError, sqlite3.Error) as problem:
        sys.exit(f"DATA_DIR cannot be used: {problem}.")
    Server(settings).run()


if __name__ == "__main__":
    main()
