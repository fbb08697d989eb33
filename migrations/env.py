"""How Alembic finds the database and the tables. The addresses and the models are the app's own."""

import logging

from alembic import context
from flask import current_app
from sqlalchemy import TypeDecorator

import app.models  # noqa: F401 - puts every table into the metadata
from app.db import Base, db

logging.getLogger("alembic").setLevel(logging.INFO)


def render_plain(kind, item, autogen):
    """Our column types as what they are in the database, so that a migration never imports the app."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def skip_empty(_context, _revision, directives):
    """No file for a change that is none."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run():
    options = current_app.extensions["migrate"].configure_args | {
        "target_metadata": Base.metadata,
        "render_item": render_plain,
        "process_revision_directives": skip_empty,
    }
    with db.engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
