"""The one file of a test, and what time does to it."""

import datetime as dt

from app.clock import now
from app.models import Attachment
from tests import make


def only():
    [file] = make.every(Attachment)
    return file


def lease_is_over(file):
    file = make.again(file)
    file.due_at = file.claimed_until = now() - dt.timedelta(seconds=1)
    make.kept(file)
