"""Two sites on one database: each an app with a Redis of its own, which tests kill and stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask
from redis import Redis

from app import impp, queue
from app.config import Settings
from app.db import db
from app.factory import create_app
from app.jobs import perform, schedule
from app.models import MissedEvents
from app.queued_jobs import JobQueue
from app.web.limits import limiter
from scripts.launcher.redis_server import redis_command, socket_of, start_redis, url_of
from tests import make
from tests.processes import ROOT, eventually


class RedisOfSite:
    """A Redis server as a child process; what it knew it still knows after a start."""

    def __init__(self, folder: Path):
        redis_command(folder)  # makes the folder, and the one of its socket
        self.folder, self.url = folder, url_of(socket_of(folder))
        self.process: subprocess.Popen[bytes] | None = None
        self.client = Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        self.process, _url = start_redis(self.folder)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def hang(self) -> None:
        """It keeps its connections, takes new ones, and answers nobody."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    @property
    def generation(self) -> str | None:
        return self.client.get("impp:generation")

    def _signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)


class Site:
    """What runs at one site."""

    def __init__(self, name: str, app: Flask, redis: RedisOfSite):
        self.name, self.app, self.redis = name, app, redis

    @contextmanager
    def here(self) -> Iterator[None]:
        """As a process of this site."""
        with self.app.app_context():
            yield

    def sweep(self) -> None:
        schedule.sweep(self.app)

    def work(self, *only: str) -> list[str]:
        """Do the jobs in this site's queues, or those of these queues, and those that they queue."""
        done: list[str] = []
        while jobs := [job for name in only or queue.QUEUES for job in self._queue(name).jobs]:
            for job in jobs:
                job.delete()
                with self.here():
                    perform(*job.args, **job.kwargs)
                done.append(job.args[0])
        return done

    def dies_after(self, statement: str) -> None:
        """Another process of this site does this, and is killed at once."""
        settings: Settings = self.app.extensions["settings"]
        program = (
            "import os, signal\n"
            "from app import impp\n"
            "from app.factory import create_app\n"
            "with create_app().app_context():\n"
            f"    {statement}\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        given = {
            "LOCAL_RUN": "1",
            "SITE": settings.site,
            "PEER_REDIS_URLS": ",".join(f"{name}={url}" for name, url in settings.peer_redis_urls.items()),
            "REDIS_URL": settings.redis_url,
            "DATABASE_URL": settings.database_url,
            "MEDIA_STORE": f"file://{self.redis.folder}",
            "SECRET_KEY": settings.secret_key,
            "ENCRYPTION_KEYS": settings.encryption_keys[0],
        }
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **given}, timeout=60, check=False
        )
        assert done.returncode == -signal.SIGKILL

    def _queue(self, name: str) -> JobQueue:
        return queue.jobs_in(name, self.app.extensions["redis"])


class Listener:
    """A client of one user at one site, which was told to read anew and misses nothing from then on."""

    def __init__(self, site: Site, user_id: int, last_event_id: str = "none"):
        self.heard: list[impp.Event] = []
        self.beats = 0
        self._is_open = True
        self._site, self._given = site, (user_id, last_event_id)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with self._site.here():
            for event in impp.stream(*self._given, lambda: self._is_open):
                if event.kind == "beat":
                    self.beats += 1
                else:
                    self.heard.append(event)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.heard]

    @property
    def texts(self) -> list[str]:
        return [event.data["text"] for event in self.heard if event.kind == "message.created"]

    def waits_for(self, kind: str, times: int = 1) -> None:
        eventually(lambda: self.kinds.count(kind) >= times, 25)

    def close(self) -> None:
        """It is seen at the next beat."""
        self._is_open = False
        self._thread.join(15)
        assert not self._thread.is_alive()


def notes() -> list[MissedEvents]:
    return make.every(MissedEvents)


def at_once(works: list[Callable[[], object]]) -> None:
    """All of them in threads that begin together; the first trouble is raised."""
    gate, trouble = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            work()
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for error in trouble:
        raise error


@contextmanager
def two_sites(app: Flask, folder: Path) -> Iterator[tuple[Site, Site]]:
    """East and west, on the database of `app`."""
    given: Settings = app.extensions["settings"]
    servers = {name: RedisOfSite(folder / name) for name in ("east", "west")}
    limits = dict(vars(limiter))  # it knows one app, the last one
    sites = []
    for name, server in servers.items():
        server.start()
        peers = {other: servers[other].url for other in servers if other != name}
        settings = replace(given, site=name, redis_url=server.url, peer_redis_urls=peers)
        overrides = {"TESTING": True, "PROPAGATE_EXCEPTIONS": False, "MAIL_SUPPRESS_SEND": False}
        sites.append(Site(name, create_app(settings, overrides), server))
    vars(limiter).update(limits)
    try:
        yield sites[0], sites[1]
    finally:
        for site in sites:
            _close(site)


def _close(site: Site) -> None:
    with site.here():
        db.engine.dispose()
    for name in ("redis", "redis_for_workers", "redis_for_streams"):
        site.app.extensions[name].close()
    for peer in site.app.extensions["redis_of_peers"].values():
        peer.close()
    site.redis.client.close()
    site.redis.kill()
