"""Rows that were there before a migration, after it and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask_migrate
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import column, select, table, text

from app.config import from_environment
from app.db import EncryptedText, db
from app.factory import create_app
from app.services.messaging import ordinary
from tests.scratch import scratch_database

DOOR, BEFORE = "0007", "0007-1"
_PROVIDER = """
INSERT INTO providers (id, name, account_reference, created_at, texts_per_minute, revision)
VALUES (1, 'Telco', '', '2026-01-01 00:00:00+00:00', 60, 1)
"""
_PLATFORM = """
INSERT INTO platforms (id, provider_id, carrier, channel, receiver_path_key, account_key, revision,
    key_version, user_confirmation_required, user_can_block, mms_available, signature_mode,
    created_at, deleted_at)
VALUES (:id, 1, 'inteliquent', 'sms', :path, :account, 1, 1,
    true, true, true, 'enforce', '2026-01-01 00:00:00+00:00', :deleted)
"""
# Two with one account, which was possible then, and one that was deleted.
_ACCOUNTS = [b"account-1", b"account-2", b"account-1", None]


@pytest.fixture
def old(tmp_path: Any, worker: str) -> Iterator[Flask]:
    """An app whose database is as it was before platforms had names."""
    key = Fernet.generate_key()
    with scratch_database(f"{worker}_old", tmp_path) as url:
        environment = {"SECRET_KEY": "s", "ENCRYPTION_KEYS": key.decode(), "DATABASE_URL": url}
        app = create_app(from_environment(environment | {"DATA_DIR": str(tmp_path)}))
        with app.app_context():
            flask_migrate.upgrade(directory="migrations", revision=BEFORE)
            db.session.execute(text(_PROVIDER))
            for number, account in enumerate(_ACCOUNTS, 1):
                row = {
                    "id": number,
                    "path": f"path-key-{number}",
                    "account": Fernet(key).encrypt(account) if account else None,
                    "deleted": None if account else "2026-02-02 00:00:00+00:00",
                }
                db.session.execute(text(_PLATFORM), row)
            db.session.commit()
            yield app
            db.session.remove()
            db.engine.dispose()


def raw() -> str:
    """Everything that the table holds, as it stands there."""
    rows = [dict(row) for row in db.session.execute(text("SELECT * FROM platforms")).mappings()]
    db.session.remove()
    return str(rows)


def test_platforms_that_were_there_keep_their_receivers_and_get_names(old):
    """D36, and no secret stays readable."""
    assert "path-key-1" in raw()
    flask_migrate.upgrade(directory="migrations", revision=DOOR)

    names = ("id", "name", "accepts_legacy", "account_digest")
    stored = table("platforms", *map(column, names), column("receiver_path_key", EncryptedText))
    rows = db.session.execute(select(stored).order_by(stored.c.id)).all()
    assert [row.name for row in rows] == ["Inteliquent", "Inteliquent 2", "Inteliquent 3", "Inteliquent"]
    assert [row.receiver_path_key for row in rows] == [f"path-key-{number}" for number in range(1, 5)]
    assert all(row.accepts_legacy for row in rows)
    # The second platform with the same account stays; a third one is refused by the first.
    assert [bool(row.account_digest) for row in rows] == [True, True, False, False]
    for number in (1, 2, 3):
        found, _version = ordinary.read_platform(f"path-key-{number}")
        assert found is not None
        assert found.id == number
    assert ordinary.read_platform("path-key-4") == (None, None)
    assert not [secret for secret in ("path-key", "account-1") if secret in raw()]

    flask_migrate.downgrade(directory="migrations", revision=BEFORE)
    assert "path-key-4" in raw()
