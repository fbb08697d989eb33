"""Jobs as they lie in Redis: what is not exactly what we put there is put aside, and never run.

Whoever can write to Redis must not be able to run code here (D24: nothing in Redis is needed, so nothing in
it is believed). RQ's own format is a pickle, which runs what its author likes as soon as it is read, and a
job may name a function, callbacks and web addresses. Ours is one line that is compared with its only shape
and never decoded: the name of a task of ours, and ids. Everything else about a job (queue, time limit, how
long it is kept) comes from the table of tasks, not from Redis.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

PERFORM = "app.jobs.perform"
REFUSED_COUNT = "refused-jobs"  # a counter; what was put aside is in keys that begin like it
FAILED_SECONDS = 86_400  # how long a job that failed, or that was put aside, can be looked at
_MOST_BYTES = 1_000
_SHAPE = re.compile(
    rb'\["app\.jobs\.perform", null, \["([a-z_]{1,40})"\], '
    rb'\{((?:"[a-z_]{1,40}": [1-9][0-9]{0,18}(?:, (?=")|(?=\})))*)\}\]'
)
_IDS = re.compile(rb'"([a-z_]+)": ([0-9]+)')
_OURS = {
    *(b"data", b"status", b"origin", b"description", b"timeout", b"result_ttl", b"failure_ttl"),
    *(b"created_at", b"enqueued_at", b"started_at", b"ended_at", b"last_heartbeat", b"worker_name"),
}
_SCATTER = 0.25  # of a delay, at most
_STATES = {status.value for status in JobStatus}


@dataclass(frozen=True)
class Task:
    """`timeout` and the delays before each repetition are in seconds; the last delay is used from then on.

    `drains` tasks work off whatever rows are due, so many wake-ups in a row become one job. `ids` are the
    names of the row ids that travel with it; a job with others is not ours.
    """

    name: str
    queue: str
    timeout: int = 120
    retry_after: tuple[int, ...] = ()
    drains: bool = False
    ids: tuple[str, ...] = ()

    def delay(self, tries: int) -> int:
        """Seconds until the next try after `tries` failed ones."""
        return self.retry_after[min(tries, len(self.retry_after)) - 1] if tries else 0

    def scattered_delay(self, tries: int) -> float:
        """The same, longer by chance, so that what failed together does not come back so."""
        return self.delay(tries) * (1 + random.uniform(0, _SCATTER))  # noqa: S311 - nothing to guess here


class ForeignJob(NoSuchJobError):
    """Not a job of ours. For RQ there is no such job; the reason is a word of ours, never of its author."""


TASKS: dict[str, Task] = {}  # by name; filled by app.queue, which is the table


def read(data: bytes) -> tuple[Task, dict[str, int]]:
    """The task and the ids of a job as it lies in Redis, packed or not.

    Raises ForeignJob: it is anything else, with the reason.
    """
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, _MOST_BYTES + 1)
    except zlib.error:
        text = data
    if len(text) > _MOST_BYTES:
        raise ForeignJob("too long")
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ForeignJob("not of our shape")
    name = found[1].decode()
    if name not in TASKS:
        raise ForeignJob("no task of ours")
    ids = {key.decode(): int(value) for key, value in _IDS.findall(found[2])}
    if set(ids) != set(TASKS[name].ids) or found[2].count(b":") != len(ids):
        raise ForeignJob("not the ids of its task")
    if any(one >= 2**63 for one in ids.values()):
        raise ForeignJob("not an id")
    return TASKS[name], ids


class QueuedJob(Job):
    """An RQ job that can only be one of ours."""

    def __init__(self, id: str | None = None, connection: Redis | None = None, serializer: Any = None):
        super().__init__(id, connection, JSONSerializer)

    @classmethod
    def fetch(cls, id: str, connection: Redis | None = None, serializer: Any = None) -> Job:
        """The job of this id. Raises NoSuchJobError; ForeignJob, which is one."""
        try:
            return super().fetch(id, connection, serializer)
        except (ValueError, ResponseError):
            raise ForeignJob("not a job at all") from None

    @classmethod
    def fetch_many(
        cls, job_ids: Iterable[str], connection: Redis, serializer: Any = None
    ) -> list[Job | None]:
        """Those of these ids that are ours; None for the others."""
        return [cls._fetched(one, connection) for one in job_ids]

    @classmethod
    def _fetched(cls, job_id: str, connection: Redis) -> Job | None:
        try:
            return cls.fetch(job_id, connection)
        except NoSuchJobError:
            return None

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Take the task and its ids from Redis, and nothing else. Raises ForeignJob."""
        if any(value for field, value in raw_data.items() if field not in _OURS):
            raise ForeignJob("it carries more than a job of ours")
        task, ids = read(raw_data.get(b"data", b""))
        self.func_name, self.instance, self.args, self.kwargs = PERFORM, None, (task.name,), ids
        self.origin, self.timeout, self.description = task.queue, task.timeout, task.name
        self.result_ttl, self.failure_ttl = 0, FAILED_SECONDS
        state = raw_data.get(b"status", b"").decode("ascii", "replace")
        self._status = JobStatus(state) if state in _STATES else JobStatus.QUEUED


class JobQueue(Queue):
    """An RQ queue that holds jobs of ours alone."""

    job_class = QueuedJob

    def __init__(self, name: str = "default", connection: Redis | None = None, **given: Any):
        given.update(job_class=QueuedJob, serializer=JSONSerializer)
        super().__init__(name, connection, **given)

    @classmethod
    def dequeue_any(  # type: ignore[override]
        cls, queues: Sequence[Queue], timeout: int | None, connection: Redis, **_given: Any
    ) -> tuple[Job, Queue] | None:
        """The next job of ours, from the first queue that has one; what is not ours is put aside.

        Raises DequeueTimeout: none came for `timeout` seconds.
        """
        by_key = {queue.key.encode(): queue for queue in queues}
        while popped := cls.lpop([queue.key for queue in queues], timeout, connection=connection):
            queue = by_key[popped[0] if isinstance(popped[0], bytes) else popped[0].encode()]
            try:
                job = QueuedJob.fetch(popped[1].decode(), connection)
                if job.origin != queue.name:
                    raise ForeignJob("in the queue of other tasks")
            except ForeignJob as refused:
                put_aside(connection, popped[1], str(refused))
            except UnicodeDecodeError:
                put_aside(connection, popped[1], "not a job at all")
            except NoSuchJobError:
                pass
            else:
                return job, queue
        return None


def forget_abandoned(queue: Queue) -> None:
    """Jobs whose worker died leave Redis after a day, unread. RQ would load them and run their callbacks."""
    connection, registry = queue.connection, queue.started_job_registry.key
    until = time.time()
    abandoned: Any = connection.zrangebyscore(registry, 0, until)
    for member in abandoned:
        job_id = member.partition(b":")[0]
        connection.expire(QueuedJob.redis_job_namespace_prefix.encode() + job_id, FAILED_SECONDS)
    connection.zremrangebyscore(registry, 0, until)
    queue.failed_job_registry.cleanup()


def put_aside(connection: Redis, job_id: bytes, reason: str) -> None:
    """Keep what is not ours for a day, out of reach of every worker; count it, say so without its words."""
    kept = f"{REFUSED_COUNT}:{hashlib.sha256(job_id).hexdigest()[:32]}"
    try:
        connection.rename(QueuedJob.redis_job_namespace_prefix.encode() + job_id, kept)
        connection.expire(kept, FAILED_SECONDS)
    except ResponseError:
        pass  # there is nothing under that name
    try:
        count = connection.incr(REFUSED_COUNT)
    except RedisError:
        count = 0
    logger.error("a job that is not ours was put aside and not run: %s (%s so far, %s)", reason, count, kept)


def refused(connection: Redis) -> int:
    """How many jobs were put aside since Redis was last emptied. Raises RedisError."""
    count = connection.get(REFUSED_COUNT)
    return int(count) if count is not None and count.isdigit() else 0
