"""What is typed on the server: `flask --app wsgi operator ...`, for when nobody gets in by the pages."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.clock import in_words
from app.errors import DomainError
from app.services.accounts import one_time_links, operators

operator = AppGroup("operator", help="People who run the whole portal.")


def register(app: Flask) -> None:
    app.cli.add_command(operator)


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
