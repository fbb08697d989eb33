"""Rules that people forget, so a test remembers them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Enum, text

import app.services
from app import queue
from app.access.scope import UnscopedQuery
from app.db import Base, db, transactional
from app.jobs import HANDLERS
from app.models import Assignment, Message
from app.queue import Task
from app.services.audit.record import MissingAudit
from tests import make
from worker import CHILDREN

ROOT = Path(__file__).resolve().parents[2]
TASKS = [task for task in vars(queue).values() if isinstance(task, Task)]


def test_every_task_has_one_handler_and_no_handler_is_left_over() -> None:
    assert sorted(HANDLERS) == sorted(task.name for task in TASKS)


def test_every_queue_is_listened_to_and_no_other() -> None:
    heard = [name for names in CHILDREN.values() for name in names if not name.startswith("--")]
    assert sorted(heard) == sorted(queue.QUEUES)
    assert {task.queue for task in TASKS} <= set(queue.QUEUES)


def test_every_template_parses_and_none_trusts_what_it_is_given(app: Flask) -> None:
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]  # type: ignore[union-attr]
        app.jinja_env.parse(source)
        assert not re.search(r"\|\s*safe\b", source), name
        assert not re.search(r"\sstyle=|\son\w+=", source), f"{name}: the content policy forbids it"


def test_words_are_stored_by_value() -> None:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Enum):
                words = list(column.type.enum_class)  # type: ignore[arg-type]
                assert column.type.enums == [word.value for word in words], column


def test_a_message_keeps_its_state_as_a_word() -> None:
    make.message()
    assert db.session.scalar(text("SELECT state FROM messages")) == "received"


def test_a_query_that_does_not_say_for_whom_is_refused() -> None:
    with pytest.raises(UnscopedQuery):
        db.session.query(Assignment).count()
    with pytest.raises(UnscopedQuery):
        db.session.execute(Message.__table__.delete())


def test_a_silent_change_of_an_audited_row_is_refused() -> None:
    number = make.assignment()

    @transactional
    def sneaky() -> None:
        number.friendly_name = "unnoticed"

    with pytest.raises(MissingAudit):
        sneaky()
    assert make.again(number).friendly_name is None


def test_every_public_function_of_a_service_says_what_it_does() -> None:
    silent = []
    for module in pkgutil.walk_packages(app.services.__path__, "app.services."):
        path = importlib.import_module(module.name).__file__ or ""
        tree = ast.parse(Path(path).read_text())
        assert ast.get_docstring(tree), f"{path} does not say its rule"
        silent += [
            f"{module.name}.{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_no_file_grows_beyond_a_screenful_of_screens() -> None:
    """About 300 lines; more is two things in one file."""
    python = [path for folder in ("app", "sandbox", "scripts") for path in (ROOT / folder).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): n for path in python if (n := _lines(path)) > 350}
    assert long == {}


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc"}
    assert [path for path in (ROOT / "app").rglob("*") if path.stem in vague] == []


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())
