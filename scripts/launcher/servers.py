"""The two servers of a run: those that DATABASE_URL and REDIS_URL name, else those that come along."""

from __future__ import annotations

from scripts.launcher import checks, postgres_server, redis_server
from scripts.launcher.postgres_server import PostgresServer
from scripts.launcher.processes import Service, Supervisor
from scripts.launcher.settings import Settings, child_environment


def check_given(settings: Settings) -> None:
    """See that what is to be used can be: before anything is started.

    Raises Problem: the data folder is of an older version, or no Redis answers at REDIS_URL.
    """
    if not settings.given.get("DATABASE_URL"):
        checks.check_no_older_database(settings.data_dir)
    if redis_url := settings.given.get("REDIS_URL"):
        redis_server.check_reachable(redis_url)


def environment_of(settings: Settings, *, beside_a_run: bool = False) -> dict[str, str]:
    """What every process of a run finds in its environment, the addresses of both servers included.

    beside_a_run: the processes are up already, so their mailbox port is rightly taken.
    """
    database_url = settings.given.get("DATABASE_URL") or _postgres(settings).url()
    redis_url = settings.given.get("REDIS_URL") or redis_server.url_of(
        redis_server.socket_of(settings.data_dir / "redis")
    )
    return child_environment(settings, database_url, redis_url, beside_a_run)


def start(supervisor: Supervisor, settings: Settings) -> None:
    """Start those that come along, unless the person's own are used.

    Raises Problem: one is missing or does not come up.
    """
    start_postgres(supervisor, settings)
    if not settings.given.get("REDIS_URL"):
        folder = settings.data_dir / "redis"
        path = redis_server.socket_of(folder)
        redis = Service("redis", redis_server.redis_command(folder), lambda: redis_server.answers_on(path))
        supervisor.start(redis)
        supervisor.wait_until_ready(redis, 15)


def start_postgres(supervisor: Supervisor, settings: Settings) -> None:
    """Start the PostgreSQL that comes along, unless the person's own is used or this one runs already.

    Raises Problem: it is missing or does not come up.
    """
    if settings.given.get("DATABASE_URL") or _postgres(settings).is_ready():
        return
    server = postgres_server.prepare(postgres_server.folder_of(settings.data_dir))
    service = Service(
        "postgres",
        server.command,
        server.is_ready,
        patience=10,
        stop_signal=postgres_server.STOP_SIGNAL,
        user=server.user,
    )
    supervisor.start(service)
    supervisor.wait_until_ready(service, 60)
    server.create_database()


def _postgres(settings: Settings) -> PostgresServer:
    return postgres_server.server_in(postgres_server.folder_of(settings.data_dir))
