"""Do the migrations build exactly what the models say? Tried on an empty database.

It is made at TEST_DATABASE_URL where that is set, else on a server that comes and goes with this check.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.scratch import scratch_database  # noqa: E402


def main() -> int:
    """Migrate up from nothing, then compare.

    Returns: the exit code.
    """
    with tempfile.TemporaryDirectory() as folder, scratch_database("drift", Path(folder)) as url:
        environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": folder, "CHECKS": "0"}
        for verb in ("upgrade", "check"):
            flask = [sys.executable, "-m", "flask", "--app", "wsgi", "db", verb]
            done = subprocess.run(
                flask, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(done.stdout + done.stderr)
                return 1
    print("The migrations build what the models say.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
