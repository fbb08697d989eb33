"""Do the migrations build exactly what the models say? Tried on an empty database.

python scripts/checking/drift.py sqlite         a new file
python scripts/checking/drift.py postgresql     a schema of its own in TEST_DATABASE_URL, removed afterwards
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import sqlalchemy

ROOT = Path(__file__).resolve().parent.parent.parent
_SCHEMA = "migration_check"


def main(kind: str) -> int:
    """Migrate up from nothing, then compare.

    kind: sqlite or postgresql.
    Returns: the exit code.
    """
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            return _migrate_and_compare(f"sqlite:///{folder}/drift.db", folder)
        url = sqlalchemy.make_url(os.environ["TEST_DATABASE_URL"])
        engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
        _drop(engine)
        with engine.connect() as line:
            line.execute(sqlalchemy.text(f"CREATE SCHEMA {_SCHEMA}"))
        try:
            inside = url.update_query_dict({"options": f"-csearch_path={_SCHEMA},public"})
            return _migrate_and_compare(inside.render_as_string(hide_password=False), folder)
        finally:
            _drop(engine)
            engine.dispose()


def _drop(engine: sqlalchemy.Engine) -> None:
    with engine.connect() as line:
        line.execute(sqlalchemy.text(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"))


def _migrate_and_compare(url: str, folder: str) -> int:
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": folder, "CHECKS": "0"}
    for verb in ("upgrade", "check"):
        flask = [sys.executable, "-m", "flask", "--app", "wsgi", "db", verb]
        done = subprocess.run(flask, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr)
            return 1
    print("The migrations build what the models say.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
