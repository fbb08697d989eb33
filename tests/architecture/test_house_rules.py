"""What is checked because people forget."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from sqlalchemy import Enum, text

import app.services
import worker
from app import queue
from app.access.scope import EVERYTHING, visible
from app.db import Base, after_commit, db, end_read, transactional
from app.jobs import HANDLERS
from app.models import Audited, InTree, Message, Provider
from app.queue import Task
from app.services.audit.record import Action, MissingAudit
from app.vocabulary import MessageState
from tests import make

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "app/templates").rglob("*.html"))
TASKS = {value.name: value for value in vars(queue).values() if isinstance(value, Task)}
SERVICES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(app.services.__path__, "app.services.")
]


def test_every_task_has_one_handler_and_no_handler_is_without_its_task():
    assert set(HANDLERS) == set(TASKS)


@pytest.mark.parametrize("task", TASKS.values(), ids=str)
def test_a_handler_takes_what_its_task_carries(task):
    """Only ids travel, those that the task declares; a task that drains carries nothing."""
    parameters = inspect.signature(HANDLERS[task.name]).parameters
    assert set(parameters) == set(task.ids)
    assert all(name.endswith("_id") for name in parameters)
    assert not (task.drains and parameters)


def test_every_queue_is_worked_off_by_exactly_one_worker():
    listened = [name for names in worker.CHILDREN.values() for name in names if name in queue.QUEUES]
    assert sorted(listened) == sorted(queue.QUEUES)
    assert {task.queue for task in TASKS.values()} <= set(queue.QUEUES)


def test_a_hanging_look_up_never_blocks_a_send():
    """Three workers: outbound and mail; provisioning, bulk and maintenance; media, which asks strangers."""
    groups = [set(names) & set(queue.QUEUES) for names in worker.CHILDREN.values()]
    assert {"outbound", "mail"} in groups
    assert {"provisioning", "bulk", "maintenance"} in groups
    assert {"media"} in groups


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_parses_and_trusts_nothing(path, app):
    source = path.read_text()
    app.jinja_env.parse(source)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup", source)
    assert not re.search(r"\sstyle=|\son(click|load|submit|change)=", source), "the content policy forbids it"


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=str)
def test_words_are_stored_by_value(table):
    for column in table.c:
        if isinstance(column.type, Enum) and column.type.enum_class is not None:
            assert column.type.enums == [word.value for word in column.type.enum_class], column


def test_a_stored_word_is_its_value(db):
    make.message(state=MessageState.UNCERTAIN)
    stored = db.session.scalar(text("SELECT state FROM messages"))
    assert stored == "uncertain"
    assert db.session.scalars(visible(Message, EVERYTHING)).one().state is MessageState.UNCERTAIN


def test_every_tree_row_can_be_scoped():
    """A row of the tree has the columns that `visible` compares."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, InTree):
            assert hasattr(mapper.class_, "provider_id"), mapper


def test_changing_an_audited_row_silently_is_refused():
    telco = make.provider(name="Telco")

    @transactional
    def sneaky():
        db.session.merge(telco).name = "Other"

    with pytest.raises(MissingAudit):
        sneaky()
    assert make.again(telco).name == "Telco"


def test_adding_and_deleting_an_audited_row_silently_is_refused():
    person = make.portal_user()

    @transactional
    def adds():
        db.session.add(Provider(name="Telco"))

    @transactional
    def deletes():
        db.session.delete(db.session.merge(person))

    for sneaky in (adds, deletes):
        with pytest.raises(MissingAudit):
            sneaky()
    assert make.every(Provider) == []


def test_what_people_change_is_audited():
    names = {mapper.class_.__name__ for mapper in Base.registry.mappers if issubclass(mapper.class_, Audited)}
    assert names >= {
        "Provider",
        "Reseller",
        "Group",
        "User",
        "PortalUser",
        "Platform",
        "Assignment",
        "Licence",
    }


class _Stopped(Exception):
    """Something goes wrong in the middle."""


def test_an_inner_failure_undoes_the_outer_work():
    @transactional
    def inner():
        raise _Stopped

    @transactional
    def outer():
        db.session.add(Provider(name="Telco"))
        inner()

    with pytest.raises(_Stopped):
        outer()
    assert make.every(Provider) == []


def test_what_waits_for_the_commit_happens_after_it_and_never_after_a_failure(db):
    seen = []

    @transactional
    def works():
        after_commit(lambda: seen.append("worked"))
        assert seen == []

    @transactional
    def fails():
        after_commit(lambda: seen.append("failed"))
        raise _Stopped

    works()
    with pytest.raises(_Stopped):
        fails()
    assert seen == ["worked"]


def test_nothing_slow_happens_inside_a_transaction():
    @transactional
    def asks_the_carrier():
        end_read()

    with pytest.raises(RuntimeError):
        asks_the_carrier()


def test_a_change_outside_a_transaction_is_a_programming_error(db):
    db.session.add(Provider(name="Telco"))
    with pytest.raises(RuntimeError):
        end_read()
    db.session.rollback()


@pytest.mark.parametrize("module", SERVICES, ids=lambda module: module.__name__)
def test_a_service_says_its_rule_and_what_it_raises(module):
    """The first line of a module is the rule in user words; public functions are documented."""
    assert inspect.getdoc(module), module.__name__
    undocumented = [
        name
        for name, thing in vars(module).items()
        if inspect.isfunction(inspect.unwrap(thing)) and thing.__module__ == module.__name__
        if not name.startswith("_") and not inspect.getdoc(thing)
    ]
    allowed = {"prompt_text", "digest"}  # a line each, named for what they return
    assert set(undocumented) <= allowed, undocumented


SOURCES = [p for top in ("app", "sandbox", "scripts", "tests") for p in sorted((ROOT / top).rglob("*.py"))]


def test_files_stay_small_and_are_named_for_what_they_hold():
    for path in SOURCES:
        assert path.stem not in {"utils", "helpers", "common", "misc", "manager"}, path
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 500}
    assert not long, f"about 500 lines a file at most: {long}"


def test_nothing_is_left_for_later():
    for path in SOURCES:
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text()) or path.name == Path(__file__).name, (
            path
        )


def test_only_the_database_module_commits():
    for path in sorted((ROOT / "app").rglob("*.py")):
        if path.name != "db.py":
            calls = [
                node
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute) and node.attr == "commit"
            ]
            assert not calls, path


def test_only_the_scope_module_compares_a_tenant_column():
    compared = re.compile(r"\.(?:provider|reseller|group)_id\s*==|filter_by\((?:provider|reseller|group)_id")
    for path in sorted((ROOT / "app/services").rglob("*.py")):
        assert not compared.search(path.read_text()), path


def test_every_action_of_the_history_has_words_of_its_own():
    assert len({action.value for action in Action}) == len(Action)


_FIGURES = re.compile(
    r"\b(?:15|fifteen) minutes|\b(?:12|twelve) hours|\b(?:10|ten) files|\b1,?600\b|\b(?:7|30|90|three) days"
)


def test_a_limit_or_a_length_of_time_is_written_once():
    """Pages, forms and mails say it from the constant that the rule uses (`web/figures.py`, `in_words`)."""
    said = [(path, path.read_text()) for path in TEMPLATES]
    scripts = [*(ROOT / "app/static").glob("*.js"), *(ROOT / "app/web").rglob("*.py")]
    said += [(path, path.read_text()) for path in [*scripts, ROOT / "app/services/alerts/letters.py"]]
    said += [(path, path.read_text()) for path in (ROOT / "app/services").rglob("*.py")]
    for path, source in said:
        if path.suffix == ".py":
            tree = ast.parse(source)
            told = {id(part.body[0].value) for part in ast.walk(tree) if _has_docstring(part)}
            words = [
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
            ]
        else:
            words = [source]
        assert [found for one in words for found in _FIGURES.findall(one)] == [], path


def _has_docstring(part: ast.AST) -> bool:
    return (
        isinstance(part, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(part) is not None
    )
