"""An SMTP server that delivers to the mailbox page and nowhere else."""

from __future__ import annotations

import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox import mails
from sandbox.store import Store

logger = logging.getLogger(__name__)


class _Keeper:
    def __init__(self, store: Store):
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        raw = envelope.content or b""
        raw = raw.encode() if isinstance(raw, str) else raw
        mails.keep(self._store, envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        logger.info("a mail was caught")
        return "250 kept in the mailbox"


def start(store: Store, port: int) -> Controller:
    """Listen on 127.0.0.1:`port` in a thread of its own. Raises OSError when the port is taken."""
    sink = Controller(_Keeper(store), hostname="127.0.0.1", port=port)
    sink.start()
    return sink
