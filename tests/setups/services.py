"""The usual set-ups: what the desk is told, and how each of its services goes away and comes back."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.place import certificate
from tests.servers import PgBouncer, PostgreSQL, RabbitMQ, Redis, Sentinel, Server, running


@dataclass
class Away:
    """A service, and how it goes away and comes back."""

    what: str
    go: Callable[[], None]
    come: Callable[[], None]


@dataclass
class Setup:
    environment: dict[str, str]
    services: list[Away]


Make = Callable[[Path, ExitStack], Setup]


def on(stack: ExitStack, *servers: Server) -> None:
    stack.enter_context(running(*servers))


def restart(what: str, server: Server) -> Away:
    return Away(f"{what} restarts", server.stop, server.start)


def embedded(folder: Path, stack: ExitStack) -> Setup:
    return Setup({}, [])


def redis(folder: Path, stack: ExitStack) -> Setup:
    postgres, broker = PostgreSQL(folder), Redis(folder, password="a-secret/with:signs")
    on(stack, postgres, broker)
    return Setup(
        {"DATABASE_URL": postgres.url, "CELERY_BROKER_URL": broker.url},
        [restart("Redis", broker), restart("PostgreSQL", postgres)],
    )


def tls(folder: Path, stack: ExitStack) -> Setup:
    certificate(folder)
    broker = Redis(folder, password="secret", tls=folder)
    on(stack, broker)
    return Setup({"CELERY_BROKER_URL": broker.url}, [restart("Redis", broker)])


def sentinel(folder: Path, stack: ExitStack) -> Setup:
    primary = Redis(folder, password="secret")
    replica = Redis(folder, password="secret", primary=primary.port)
    on(stack, primary, replica)
    sentinels = [Sentinel(folder, primary) for _ in range(3)]
    on(stack, *sentinels)
    hosts = ";".join(f"sentinel://:secret@127.0.0.1:{each.port}" for each in sentinels)
    failover = Away("the primary is killed for good", primary.kill, lambda: None)
    return Setup({"CELERY_BROKER_URL": f"{hosts}?master_name=desk"}, [failover])


def pgbouncer(folder: Path, stack: ExitStack) -> Setup:
    postgres = PostgreSQL(folder)
    bouncer = PgBouncer(folder, "desk", postgres.password, postgres.port)
    broker = Redis(folder)
    on(stack, postgres, bouncer, broker)
    through = postgres.url.replace(f":{postgres.port}/", f":{bouncer.port}/")
    return Setup(
        {"DATABASE_URL": through, "DIRECT_DATABASE_URL": postgres.url, "CELERY_BROKER_URL": broker.url},
        [restart("PgBouncer", bouncer), restart("PostgreSQL", postgres)],
    )


def rabbitmq(queues: str) -> Make:
    def make(folder: Path, stack: ExitStack) -> Setup:
        postgres, broker = PostgreSQL(folder), RabbitMQ(folder)
        on(stack, postgres, broker)
        url = broker.add_place("desk", queues)
        environment = {"DATABASE_URL": postgres.url, "CELERY_BROKER_URL": url}
        return Setup(environment, [restart("RabbitMQ", broker), restart("PostgreSQL", postgres)])

    return make


SETUPS: dict[str, tuple[str, Make]] = {
    "embedded": ("SQLite, embedded Valkey", embedded),
    "redis": ("PostgreSQL, Redis with a password", redis),
    "tls": ("SQLite, Redis with TLS (an authority of one's own)", tls),
    "sentinel": ("SQLite, Redis behind three sentinels", sentinel),
    "pgbouncer": ("PgBouncer in transaction mode, Redis", pgbouncer),
    "rabbitmq": ("PostgreSQL, RabbitMQ with classic queues", rabbitmq("classic")),
    "quorum": ("PostgreSQL, RabbitMQ with quorum queues", rabbitmq("quorum")),
}
