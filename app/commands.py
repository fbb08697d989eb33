"""What is typed on the server: `flask --app wsgi operator ...`, for when nobody gets in by the pages."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from app import health
from app.clock import in_words
from app.errors import DomainError
from app.services import reencryption
from app.services.accounts import one_time_links, operators
from app.services.provisioning import platforms

operator = AppGroup("operator", help="People who run the whole portal.")


def register(app: Flask) -> None:
    app.cli.add_command(operator)
    app.cli.add_command(ready)
    app.cli.add_command(reencrypt)


@click.command("ready")
@with_appcontext
def ready() -> None:
    """Say part by part whether everything is there; fails when the portal cannot serve."""
    found = health.report()
    for part, word in found.items():
        click.echo(f"{part}: {word}")
    refused = health.refused_jobs()
    click.echo(f"jobs in Redis that were not ours: {'not known' if refused is None else refused}")
    if not health.is_ready(found):
        raise click.ClickException("The portal is not ready.")


@click.command("reencrypt")
@with_appcontext
def reencrypt() -> None:
    """Write what is encrypted once more with the first of ENCRYPTION_KEYS: the others can go then."""
    unreadable = 0
    for one in reencryption.renew():
        click.echo(f"{one.column}: {one.written} written, {one.unreadable} cannot be read")
        unreadable += one.unreadable
    click.echo(f"platforms whose digests were renewed: {platforms.renew_digests()}")
    if unreadable:
        raise click.ClickException("A key is missing in ENCRYPTION_KEYS. Keep all that are there.")


@operator.command("add")
@click.argument("name")
@click.argument("email")
def add(name: str, email: str) -> None:
    """Add an operator, and print the link that sets the password."""
    try:
        click.echo(
            f"This link works once, for {in_words(one_time_links.VALID_FOR)}:\n{operators.add(name, email)}"
        )
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal


@operator.command("let-in")
@click.argument("email")
def let_in(email: str) -> None:
    """End the lock of an operator, take the second factor away, print a link for a new password."""
    try:
        link = operators.let_in(email)
        reset, first = in_words(one_time_links.RESET_WITHIN), in_words(one_time_links.VALID_FOR)
        click.echo(f"This link works once, for {reset} ({first} at first):\n{link}")
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
