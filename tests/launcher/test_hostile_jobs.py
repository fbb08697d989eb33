"""Who can write to Redis runs nothing in the worker (D24): a marker file says whether something was run."""

from __future__ import annotations

import json
import os
import pickle
import time
import zlib
from base64 import b64encode
from functools import partial
from pathlib import Path

import pytest
import redis
from rq import Queue, Repeat, Retry, Worker
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.job import Callback, Job
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from app import queue as tasks
from app.queued_jobs import FAILED_SECONDS, PERFORM, TASKS, ForeignJob, QueuedJob, read, refused
from tests.processes import eventually, free_port

MODULE = "hostile_module"
OURS = '["app.jobs.perform", null, ["enable_number"], {"assignment_id": 7}]'


class Bomb:
    """Pickled, it runs a command of its author's as soon as it is read."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch '{self.marker}'",)


def written(connection: redis.Redis, job_id: str, where: str = "outbound", **fields: object) -> str:
    """A job as somebody writes it who has read RQ's source."""
    kept = {"data": zlib.compress(pickle.dumps((PERFORM, None, ("note",), {"word": 1})))}
    connection.hset(f"rq:job:{job_id}", mapping={**kept, "status": "queued", "origin": where, **fields})
    connection.rpush(f"rq:queue:{where}", job_id)
    return job_id


def data(*call: object) -> bytes:
    return zlib.compress(json.dumps(call).encode())


def noted(word: int = 1) -> bytes:
    return data(PERFORM, None, ["note"], {"word": word})


def pickled_arguments(to, marker):
    written(to, "a", data=zlib.compress(pickle.dumps((PERFORM, None, (Bomb(marker),), {}))))


def pickled_and_not_packed(to, marker):
    written(to, "a", data=pickle.dumps(Bomb(marker)))


def pickled_instance(to, marker):
    written(to, "a", data=zlib.compress(pickle.dumps(("perform", Bomb(marker), (), {}))))


def pickled_meta(to, marker):
    written(to, "a", data=noted(), meta=pickle.dumps(Bomb(marker)))


def pickled_result(to, marker):
    written(to, "a", data=noted(), result=pickle.dumps(Bomb(marker)))
    to.xadd("rq:results:a", {"type": 1, "return_value": b64encode(pickle.dumps(Bomb(marker)))})


def a_function_of_the_system(to, marker):
    written(to, "a", data=data("os.system", None, [f"touch '{marker}'"], {}))


def a_module_that_acts_when_it_is_read(to, marker):
    written(to, "a", data=data(f"{MODULE}.anything", None, [], {}))


def a_function_by_rqs_own_hand(to, marker):
    Queue("outbound", connection=to).enqueue("os.system", f"touch '{marker}'")


def the_same_in_json(to, marker):
    Queue("outbound", connection=to, serializer=JSONSerializer).enqueue("os.system", f"touch '{marker}'")


def _callback(kind, to, marker):
    written(to, "a", data=noted(), **{f"{kind}_callback_name": f"{MODULE}.anything"})


def callbacks_by_rqs_own_hand(to, marker):
    for kind in ("on_success", "on_failure"):
        Queue("outbound", connection=to, serializer=JSONSerializer).enqueue(
            PERFORM, "note", word=1, **{kind: Callback(f"{MODULE}.anything")}
        )


def a_job_abandoned_with_a_callback(to, marker):
    written(to, "a", data=noted(), status="started", failure_callback_name=f"{MODULE}.anything")
    to.delete("rq:queue:outbound")
    to.zadd("rq:wip:outbound", {"a:b": time.time() - 10})


def a_dependent_of_a_job_of_ours(to, marker):
    written(to, "b", data=data("os.system", None, [f"touch '{marker}'"], {}), dependency_ids='["a"]')
    to.delete("rq:queue:outbound")
    to.sadd("rq:job:a:dependents", "b")
    written(to, "a", data=noted(0))


def a_scheduled_job(to, marker):
    written(to, "a", data=data("os.system", None, [f"touch '{marker}'"], {}), status="scheduled")
    to.delete("rq:queue:outbound")
    to.zadd("rq:scheduled:outbound", {"a": time.time() - 10})


def a_job_kept_ready(to, marker):
    written(to, "a", data=data("os.system", None, [f"touch '{marker}'"], {}), status="ready_to_enqueue")
    to.delete("rq:queue:outbound")
    to.zadd("rq:ready:outbound", {"a": time.time() - 10})


def a_task_with_more_than_ids(to, marker):
    written(to, "a", data=data(PERFORM, None, ["note"], {"word": {"__reduce__": f"touch {marker}"}}))


def a_bomb_of_zeros(to, marker):
    written(to, "a", data=zlib.compress(b"\0" * 50_000_000))


def an_id_that_is_no_text(to, marker):
    to.rpush("rq:queue:outbound", b"\xff\xfe\x00")


def an_id_that_is_a_path(to, marker):
    written(to, "../../x y", data=noted())


def a_key_of_another_kind(to, marker):
    to.set("rq:job:a", pickle.dumps(Bomb(marker)))
    to.rpush("rq:queue:outbound", "a")


WAYS = [
    pickled_arguments,
    pickled_and_not_packed,
    pickled_instance,
    pickled_meta,
    pickled_result,
    a_function_of_the_system,
    a_module_that_acts_when_it_is_read,
    a_function_by_rqs_own_hand,
    the_same_in_json,
    *(partial(_callback, kind) for kind in ("success", "failure", "stopped")),
    callbacks_by_rqs_own_hand,
    a_job_abandoned_with_a_callback,
    a_dependent_of_a_job_of_ours,
    a_scheduled_job,
    a_job_kept_ready,
    a_task_with_more_than_ids,
    a_bomb_of_zeros,
    an_id_that_is_no_text,
    an_id_that_is_a_path,
    a_key_of_another_kind,
]


@pytest.mark.processes
def test_nothing_that_is_written_into_redis_is_run_and_work_goes_on(running, record_property):
    marker = running.folder / "marker"
    (running.folder / f"{MODULE}.py").write_text(f"open({str(marker)!r}, 'w')\nanything = print\n")
    for number, way in enumerate(WAYS, start=100):
        name = getattr(way, "__name__", str(way))
        way(running.connection, marker)
        running.enqueue("note", word=number)
        eventually(lambda number=number: running.noted(number), 20)
        assert not marker.exists(), name
        assert not running.noted(1), name
        running.connection.delete("rq:job:a", "rq:job:b")
    told = running.log.read_text()
    assert str(marker) not in told, "what was put aside is not told"
    assert "Traceback" not in told
    assert told.count("was put aside and not run") == refused(running.connection) >= 15
    assert running.process.poll() is None
    record_property("tried", f"{len(WAYS)} ways in")


@pytest.mark.processes
def test_no_command_over_redis_is_heard(running):
    """A stranger stops neither a job nor a worker, and no key makes it wait."""
    running.enqueue("note_slowly", word=5, milliseconds=1500)
    eventually(lambda: running.noted("5 begun"), 20)
    running.connection.set("rq:suspended", 1)
    for name in [key.partition(":worker:")[2] for key in Worker.all_keys(connection=running.connection)]:
        for command in ({"command": "shutdown"}, {"command": "kill-horse"}, {"command": "stop-job"}):
            reached = running.connection.publish(PUBSUB_CHANNEL_TEMPLATE % name, json.dumps(command))
            assert reached == 0
    running.enqueue("note", word=6)
    eventually(lambda: running.noted(6), 20)
    assert running.noted("5 done")
    assert running.process.poll() is None


@pytest.mark.processes
def test_what_rq_could_do_more_is_not_done(running):
    """Repeats, retries, limits, groups and calls to web addresses are not ours, so the whole job is not."""
    ours = Queue("outbound", connection=running.connection, serializer=JSONSerializer)
    hook = Webhook(f"http://127.0.0.1:{free_port()}/", "finished")
    for more in (
        {"webhooks": [hook]},
        {"repeat": Repeat(times=3)},
        {"retry": Retry(max=3)},
        {"meta": {"a": 1}},
    ):
        ours.enqueue(PERFORM, "note", word=1, **more)
    ours.enqueue(PERFORM, "note", word=1, depends_on=ours.enqueue(PERFORM, "note", word=2))
    running.enqueue("note", word=3)
    eventually(lambda: running.noted(3), 20)
    assert not running.noted(1)
    assert running.noted(2)
    assert refused(running.connection) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        OURS + " ",
        OURS.replace("perform", "HANDLERS"),
        OURS.replace("app.jobs", "os"),
        OURS.replace("null", '{"py/object": "os.system"}'),
        OURS.replace("enable_number", "no_such_task"),
        OURS.replace("enable_number", "note"),
        OURS.replace("enable_number", "send_outbox"),
        OURS.replace("assignment_id", "platform_id"),
        OURS.replace("}", ', "assignment_id": 8}'),
        OURS.replace("}", ', "more": 8}'),
        OURS.replace("}", ", }"),
        OURS.replace('{"assignment_id": 7}', "{}"),
        OURS.replace("7", "0"),
        OURS.replace("7", "07"),
        OURS.replace("7", "-7"),
        OURS.replace("7", "7.0"),
        OURS.replace("7", "true"),
        OURS.replace("7", '"7"'),
        OURS.replace("7", "NaN"),
        OURS.replace("7", "9" * 19),
        OURS.replace("7", "9" * 5000),
        OURS.replace("7", "[" * 400),
        OURS.replace("7", "\u0667"),
        OURS.replace("]", "]\n", 1),
        OURS.replace("app", "äpp"),
    ],
)
def test_a_job_has_one_shape_only(text):
    with pytest.raises(ForeignJob):
        read(text.encode())
    with pytest.raises(ForeignJob):
        read(zlib.compress(text.encode()))


def test_a_job_of_ours_is_read_as_it_was_written(app, empty_redis):
    with app.app_context():
        for task in (task for task in TASKS.values() if task in vars(tasks).values()):
            ids = {name: 2**63 - 1 - place for place, name in enumerate(task.ids)}
            tasks.push(task, **ids)
            (job,) = tasks.jobs_in(task.queue, app.extensions["redis"]).jobs
            assert (job.func_name, job.args, job.kwargs) == (PERFORM, (task.name,), ids)
            assert (job.timeout, job.result_ttl, job.failure_ttl) == (task.timeout, 0, FAILED_SECONDS)
            job.delete()


def test_time_limits_and_queues_are_those_of_our_table(app, empty_redis):
    connection = app.extensions["redis"]
    where = written(
        connection,
        "a",
        data=data(PERFORM, None, ["send_outbox"], {}),
        timeout=-1,
        result_ttl=-1,
        origin="media",
    )
    job = QueuedJob.fetch(where, connection)
    assert (job.timeout, job.result_ttl, job.origin) == (tasks.SEND_OUTBOX.timeout, 0, "outbound")
    assert job.meta == {}


def test_what_an_earlier_version_left_is_put_aside_for_a_day_and_counted(app, empty_redis, caplog):
    """Its jobs were pickles; what was due is queued again by the sweep."""
    connection = app.extensions["redis"]
    for number in range(3):
        Queue("media", connection=connection).enqueue(PERFORM, "fetch_files", job_id=f"old-{number}")
    with app.app_context():
        tasks.push(tasks.FETCH_FILES)
    queue = tasks.jobs_in("media", connection)
    job, _queue = type(queue).dequeue_any([queue], None, connection)
    assert job.args == ("fetch_files",)
    assert refused(connection) == 3
    aside = list(connection.scan_iter("refused-jobs:*"))
    assert len(aside) == 3
    assert all(0 < connection.ttl(key) <= FAILED_SECONDS for key in aside)
    assert not list(connection.scan_iter("rq:job:old-*"))
    assert "old-" not in caplog.text


def test_a_task_is_not_queued_with_ids_that_it_does_not_declare(app):
    with app.app_context(), pytest.raises(TypeError):
        tasks.push(tasks.ENABLE_NUMBER, number=1)
    with app.app_context(), pytest.raises(TypeError):
        tasks.later(tasks.SEND_OUTBOX, assignment_id=1)


def test_a_worker_reads_only_our_own_format():
    assert QueuedJob(connection=redis.Redis()).serializer is JSONSerializer
    assert QueuedJob(connection=redis.Redis(), serializer="pickle").serializer is JSONSerializer
    assert issubclass(QueuedJob, Job)
