"""What runs by the clock. The sweep finds what a lost wake-up left behind, straight from the database."""

from __future__ import annotations

import logging

from flask import Flask

from app import impp, queue
from app.services.accounts import licence_expiry, trials
from app.services.alerts import notices
from app.services.messaging import delivery, erasure, inbound, receiver
from app.services.provisioning import bulk_work, enabling

logger = logging.getLogger(__name__)
SWEEP_SECONDS = 15


def sweep(app: Flask) -> None:
    """One round: expired claims are freed, and whatever is due is queued again."""
    with app.app_context():
        impp.watch()
        if delivery.recover():
            queue.push(queue.SEND_OUTBOX)
        if notices.recover():
            queue.push(queue.SEND_NOTICES)
        for task, ids in enabling.due():
            queue.push(task, **ids)
        for run_id in bulk_work.due():
            queue.push(queue.BULK_ROWS, run_id=run_id)
        for assignment_id in erasure.unerased():
            queue.push(queue.ERASE_NUMBER, assignment_id=assignment_id)
        for user_id in inbound.held_for_nothing():
            queue.push(queue.HAND_OVER, user_id=user_id)
        if receiver.kept():
            queue.push(queue.SETTLE_EVENTS)
        if trials.are_due():
            queue.push(queue.END_TRIALS)
        if licence_expiry.are_due():
            queue.push(queue.MAIL_EXPIRIES)
        queue.push(queue.CLEAN_UP)
