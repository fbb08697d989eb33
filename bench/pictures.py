"""What forty pictures at once do to the web process, through the client API with real sessions.

python -m bench.pictures    BENCH_PICTURES=40 at once, BENCH_USERS=8 users; PostgreSQL and Redis of its own

The web process is gunicorn as `make run` starts it. First come PNG of 6320 by 6320 pixels in 131 kB, then as
many of other formats just below the limit. Meanwhile `/healthz` is asked, one request after the other.
Wanted: its median at most three times the idle one, at most 200 MB more in the web process, every picture
stored with its thumbnail.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
from cryptography.fernet import Fernet
from PIL import Image

from app.access.scope import EVERYTHING, branch, visible
from app.config import Settings, from_environment
from app.db import db, transactional
from app.factory import create_app
from app.models import Assignment, Attachment, Group, Licence, Platform, Provider, Reseller, User
from app.services.accounts import passwords
from app.services.search_index import refresh
from app.vocabulary import AssignmentState, AttachmentState, CarrierName, LicenceKind, OptIn, Product
from bench.data import own_database, today
from bench.stage import ROOT, free_port, until_open
from scripts.launcher.redis_server import redis_server_binary

AT_ONCE = int(os.environ.get("BENCH_PICTURES", "40"))
USERS = int(os.environ.get("BENCH_USERS", "8"))
IDLE_SECONDS = 5.0
SIDE = 6320
WANTED_RATIO, WANTED_MB = 3.0, 200
_PASSWORD = "for the bench alone"
_RESULTS = Path(__file__).parent / "results"


@dataclass
class Round:
    """What one flood did. Latencies of `/healthz` in milliseconds, memory in MB."""

    name: str
    statuses: Counter[int]
    seconds: float
    health: list[float]
    peak: float
    after: float


@dataclass
class Memory:
    """Looks at the web process a hundred times a second."""

    pid: int
    peak: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    def watch(self) -> None:
        while not self._stop.wait(0.01):
            self.peak = max(self.peak, self.now())

    def stop(self) -> None:
        self._stop.set()


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database_url = stack.enter_context(own_database("pictures"))
        environment = _environment(folder, database_url, stack.enter_context(_redis(folder)))
        numbers = _people(from_environment(environment))
        pid, port = stack.enter_context(_web(environment, folder))
        sessions = [_sign_in(port, user_id) for user_id in numbers]
        uploaders = [(sessions[n % USERS], list(numbers.values())[n % USERS]) for n in range(AT_ONCE)]
        _upload(port, *uploaders[0], _png(60, 40))  # what is loaded at first use counts as before
        memory = Memory(pid)
        idle = _ask(port, until=time.monotonic() + IDLE_SECONDS)
        before = memory.now()
        flat = _png(SIDE, SIDE)
        floods = {f"{AT_ONCE} x PNG {SIDE} x {SIDE}, {len(flat) // 1000} kB": [flat]}
        floods[f"{AT_ONCE} x JPEG, PNG, GIF and WebP just below the limit"] = _legal()
        rounds = [_flood(port, memory, name, uploaders, files) for name, files in floods.items()]
        stored = _stored(from_environment(environment)) - 1
    report, is_good = _report(idle, before, rounds, stored)
    print(report)
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"pictures-{today()}.md").write_text(report)
    return 0 if is_good else 1


def _environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "SECRET_KEY": "bench",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "DATA_DIR": str(folder),
        "PICTURE_LINE": "96",  # both as the launcher sets them
        "PICTURE_WAIT_SECONDS": "300",
        "CHECKS": "0",
    }


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [
        redis_server_binary(),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_open(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _web(environment: dict[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """gunicorn as `make run` starts it; yields the id of its one worker process, and the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:scripts.launcher.web", "wsgi:app"]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment | {"PORT": str(port)}, stdout=log, stderr=log
        )
        try:
            until_open(port)
            _health(http.client.HTTPConnection("127.0.0.1", port, timeout=60))
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield int(children[0]), port
        finally:
            process.terminate()
            process.wait(15)


def _people(settings: Settings) -> dict[str, int]:
    """The ids with which users sign in, and of the number of each."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade(directory="migrations")
        made = _made()
        db.session.remove()
        db.engine.dispose()
    return made


@transactional
def _made() -> dict[str, int]:
    provider = _kept(Provider(name="Telco"))
    platform = Platform(
        provider_id=provider.id,
        carrier=CarrierName.INTELIQUENT,
        receiver_path_key="bench",
        account_key="a",
        token_secret="b",
        outbound_api_key="c",
        receiver_header_key="d",
    )
    _kept(platform)
    group = _kept(Group(name="Sales", **branch(_kept(Reseller(name="North", **branch(provider))))))
    secret, numbers = passwords.hashed(_PASSWORD), {}
    for n in range(USERS):
        name = f"user{n}@bench.example"
        user = User(name=f"User {n}", broadworks_id=name, broadworks_key=name, client_password_hash=secret)
        for column, value in branch(group).items():
            setattr(user, column, value)
        _kept(user)
        _kept(Licence(product=Product.DESKTOP, kind=LicenceKind.PERMANENT, **branch(user)))
        number = Assignment(
            number=f"+{12_019_920_000 + n}",
            platform_id=platform.id,
            state=AssignmentState.ACTIVE,
            opt_in=OptIn.NOT_REQUIRED,
            registered_key_version=platform.key_version,
            **branch(user),
        )
        refresh(number, user)
        numbers[name] = _kept(number).id
    return numbers


def _kept(row):  # type: ignore[no-untyped-def]
    db.session.add(row)
    db.session.flush()
    return row


def _sign_in(port: int, user_id: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"user_id": user_id, "password": _PASSWORD})
    connection.request("POST", "/client/v1/session", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 201, told
    return str(told["token"])


def _upload(port: int, token: str, number_id: int, data: bytes) -> tuple[int, bool]:
    """The status, and whether there is a thumbnail."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="number_id"\r\n\r\n{number_id}\r\n--x\r\n'.encode(),
        b'Content-Disposition: form-data; name="file"; filename="picture"\r\n\r\n',
        data,
        b"\r\n--x--\r\n",
    ]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", "/client/v1/attachments", b"".join(parts), headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, bool(told.get("has_thumbnail"))


def _flood(
    port: int, memory: Memory, name: str, uploaders: list[tuple[str, int]], files: list[bytes]
) -> Round:
    memory.peak, memory._stop = memory.now(), threading.Event()
    watcher = threading.Thread(target=memory.watch)
    watcher.start()
    done = threading.Event()
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        began = time.monotonic()
        answers = [
            pool.submit(_upload, port, *uploader, files[n % len(files)])
            for n, uploader in enumerate(uploaders)
        ]
        asked = pool.submit(_ask, port, done=done)
        found = [answer.result() for answer in answers]
        took = time.monotonic() - began
        done.set()
        health = asked.result()
    memory.stop()
    watcher.join()
    time.sleep(1)
    statuses = Counter(status if has_thumbnail or status != 201 else 0 for status, has_thumbnail in found)
    return Round(name, statuses, took, health, memory.peak, memory.now())


def _ask(port: int, *, until: float = float("inf"), done: threading.Event | None = None) -> list[float]:
    """`/healthz`, one request after the other with a short pause, each on a connection of its own."""
    found = []
    while time.monotonic() < until and not (done and done.is_set()):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        _health(connection)
        found.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    return found


def _health(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, answer.status


def _png(width: int, height: int) -> bytes:
    return _written(Image.new("RGB", (width, height), "teal"), "PNG")


def _legal() -> list[bytes]:
    """One picture of each format, 39.9 million pixels, with something to see."""
    grain = Image.effect_noise((632, 632), 60).convert("RGB")
    scene = grain.resize((SIDE, SIDE))
    return [
        _written(scene, "JPEG", quality=80),
        _written(scene.convert("RGBA").quantize(32), "PNG"),
        _written(scene.quantize(16), "GIF"),
        _written(scene, "WEBP", quality=20, method=0),
    ]


def _written(image: Image.Image, form: str, **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def _stored(settings: Settings) -> int:
    app = create_app(settings)
    with app.app_context():
        kept = visible(Attachment, EVERYTHING).where(
            Attachment.state == AttachmentState.STORED, Attachment.thumbnail_key.is_not(None)
        )
        count = len(db.session.scalars(kept).all())
        db.session.remove()
        db.engine.dispose()
    return count


def _report(idle: list[float], before: float, rounds: list[Round], stored: int) -> tuple[str, bool]:
    usual = statistics.median(idle)
    ratios = [statistics.median(one.health) / usual for one in rounds]
    most = max(max(one.peak, one.after) - before for one in rounds)
    wanted = AT_ONCE * len(rounds)
    is_good = max(ratios) <= WANTED_RATIO and most <= WANTED_MB and stored == wanted
    lines = [
        f"# Pictures at once, {today()}",
        "",
        f"{os.cpu_count()} cores, load of the machine at the end {os.getloadavg()[0]:.1f}. gunicorn as "
        f"`make run` starts it (1 process, 128 threads), {USERS} users, {AT_ONCE} uploads at once. "
        f"Wanted: the median of `/healthz` at most {WANTED_RATIO:.0f} times the idle one, at most "
        f"{WANTED_MB} MB more in the web process, every picture stored with a thumbnail.",
        "",
        "| | `/healthz` p50 ms | p95 | max | samples | p50, times idle "
        "| web memory MB: peak | after | seconds | answers |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
        f"{_times('idle', idle)} | 1.00 | {before:.0f} | {before:.0f} | | |",
    ]
    for one, ratio in zip(rounds, ratios, strict=True):
        answers = (f"{count} x {status or '201, no thumbnail'}" for status, count in one.statuses.items())
        memory = f"{ratio:.2f} | {one.peak:.0f} | {one.after:.0f}"
        lines.append(
            f"{_times(one.name, one.health)} | {memory} | {one.seconds:.1f} | {', '.join(answers)} |"
        )
    lines += [
        "",
        f"Stored with a thumbnail: {stored} of {wanted}. At most {most:.0f} MB more than before "
        f"({before:.0f} MB). {'Fits' if is_good else 'Does not fit'}.",
        "",
    ]
    return "\n".join(lines), is_good


def _times(name: str, health: list[float]) -> str:
    ordered = sorted(health)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    shown = " | ".join(f"{one:.1f}" for one in (statistics.median(ordered), p95, ordered[-1]))
    return f"| {name} | {shown} | {len(ordered)}"


if __name__ == "__main__":
    sys.exit(main())
