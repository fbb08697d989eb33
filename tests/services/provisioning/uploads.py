"""Looking at an upload of numbers, and letting its waits be over."""

import datetime as dt

from sqlalchemy import update

from app.access.scope import EVERYTHING
from app.clock import now
from app.db import db
from app.models import BulkRow, BulkRun
from app.vocabulary import BulkState, RowOutcome
from tests import make


def rows(run_id: int) -> list[tuple[RowOutcome, str]]:
    return [(row.outcome, row.words) for row in make.every(BulkRow, run_id=run_id)]


def state(run_id: int) -> BulkState:
    return make.every(BulkRun, id=run_id)[0].state


def hurry(run_id: int) -> None:
    """Let every wait and lease be over, as the sweep finds it later."""
    long_ago = now() - dt.timedelta(days=1)
    scoped = {"scope": EVERYTHING}
    db.session.execute(update(BulkRow).where(BulkRow.run_id == run_id).values(due_at=long_ago))
    waiting = update(BulkRun).where(BulkRun.id == run_id).values(due_at=long_ago, claimed_until=None)
    db.session.execute(waiting, execution_options=scoped)
    db.session.commit()
