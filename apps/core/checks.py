"""System checks of the deployment's settings: each that can be wrong has an id and a hint that says what to do."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from distsync.env import LOG_LEVELS
from distsync.telemetry.switch import signals

POSTGRES_AT_LEAST = 16
LOG_TABLE = "eventlog_message"
SECRET_AT_LEAST = 32
NEW_SECRET = "Make one, the same for every process: python -c 'import secrets; print(secrets.token_urlsafe(50))'."  # noqa: S105
LIMITS = {
    "INTAKE_BODY_LIMIT_BYTES": "DISTSYNC_BODY_LIMIT_BYTES",
    "INTAKE_BATCH_LIMIT_EVENTS": "DISTSYNC_BATCH_LIMIT_EVENTS",
    "INTAKE_PENDING_LIMIT": "DISTSYNC_PENDING_LIMIT",
    "INTAKE_RATE_LIMIT_PER_SECOND": "DISTSYNC_RATE_LIMIT_PER_SECOND",
}


@register(Tags.security)
def check_production(**_: Any) -> list[CheckMessage]:
    """What must be set before strangers can reach it."""
    return [*_secret(), *_hosts(), *_sample()] if settings.PRODUCTION else []


def refuse_to_serve_unsafely() -> None:
    """Raises ImproperlyConfigured where production lacks what it must have; commands run all the same, `check` says why."""
    errors = [found for found in check_production() if found.level >= ERROR]
    if errors:
        raise ImproperlyConfigured(" ".join(f"{found.msg} {found.hint}" for found in errors))


@register()
def check_addresses(**_: Any) -> list[CheckMessage]:
    """Addresses that cannot be meant, told before anything connects."""
    return [
        *_database_url("DATABASE_URL", settings.ENV.database_url),
        *_database_url("DATABASE_OWNER_URL", settings.DATABASE_OWNER_URL),
        *_redis_url(),
    ]


@register()
def check_values(**_: Any) -> list[CheckMessage]:
    """The deployment's zone, currency, limits, log level and sample."""
    return [*_time_zone(), *_currency(), *_limits(), *_log_level(), *_demo()]


@register()
def check_telemetry(**_: Any) -> list[CheckMessage]:
    """OpenTelemetry's variables. A warning: orders go on without it."""
    wanted = signals()
    hint = "Nothing is exported until it is mended; docs/telemetry.md lists the variables."
    return [Warning(fault, hint=hint, id="distsync.W040") for fault in (wanted.faults if wanted else ())]


@register(Tags.database)
def check_server(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The server itself: with `migrate` and with `check --database default`."""
    if "default" not in (databases or ()):
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync') = 'on',"
                " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
                " EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%s) AND pg_get_userbyid(relowner) = current_user)",
                [LOG_TABLE],
            )
            version, is_durable, is_superuser, owns_the_log = cursor.fetchone()
    except DatabaseError:
        return []  # whoever asked meets the same failure with its own words
    return list(judge_server(version, is_durable=is_durable, is_superuser=is_superuser, owns_the_log=owns_the_log))


def judge_server(version: int, *, is_durable: bool, is_superuser: bool, owns_the_log: bool) -> Iterator[CheckMessage]:
    """`version` is PostgreSQL's major one. A role that owns the log, or is a superuser, could rewrite history."""
    if version < POSTGRES_AT_LEAST:
        yield Error(
            f"The server is PostgreSQL {version}; DistSync needs {POSTGRES_AT_LEAST} or newer.",
            hint="Upgrade the server, or let `make up` bring its own.",
            id="distsync.E030",
        )
    if owns_the_log and not settings.ENV.database_owner_url:
        yield Warning(
            "The role of DATABASE_URL owns the log's tables, so it could change what has been logged.",
            hint="Give migrations the owner in DATABASE_OWNER_URL and the application a lesser role in DATABASE_URL: "
            "`python -m distsync.stack prepare` makes both.",
            id="distsync.W031",
        )
    if is_superuser and settings.PRODUCTION:
        yield Warning(
            "The role of DATABASE_URL is a superuser, so no protection of the log binds it.",
            hint="Make the two lesser roles with `python -m distsync.stack prepare`.",
            id="distsync.W032",
        )
    if not is_durable:
        yield Warning(
            "The server runs with fsync off: what was answered 2xx can be lost in a power cut.",
            hint="Set fsync = on in postgresql.conf.",
            id="distsync.W033",
        )


def _secret() -> Iterator[CheckMessage]:
    length = len(settings.ENV.secret_key)
    if not length:
        yield Error("DISTSYNC_SECRET_KEY is not set in production.", hint=NEW_SECRET, id="distsync.E001")
    elif length < SECRET_AT_LEAST:
        yield Error(
            f"DISTSYNC_SECRET_KEY has {length} characters; it must have at least {SECRET_AT_LEAST}.",
            hint=NEW_SECRET,
            id="distsync.E002",
        )

    for fallback in settings.SECRET_KEY_FALLBACKS:
        if len(fallback) < SECRET_AT_LEAST:
            yield Error(
                f"DISTSYNC_SECRET_KEY_FALLBACKS holds a key of {len(fallback)} characters: what it signs is believed too.",
                hint=f"Leave out keys of less than {SECRET_AT_LEAST} characters.",
                id="distsync.E006",
            )


def _hosts() -> Iterator[CheckMessage]:
    if "hosts" not in settings.ENV.model_fields_set or not settings.ALLOWED_HOSTS:
        yield Error(
            "DISTSYNC_HOSTS is not set in production.",
            hint="Name what people and machines call it, with commas between: DISTSYNC_HOSTS=distsync.example.com.",
            id="distsync.E003",
        )
    elif "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "DISTSYNC_HOSTS allows every host name in production.",
            hint="Name the hosts: a forged Host header would else end up in links.",
            id="distsync.E004",
        )


def _sample() -> Iterator[CheckMessage]:
    if settings.DEMO != "off":
        yield Warning(
            "The sample is on in production.",
            hint="Its logins are known to everybody: set DISTSYNC_DEMO=off.",
            id="distsync.W005",
        )


def _database_url(name: str, url: str) -> Iterator[CheckMessage]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        yield Error(
            f"{name} has the scheme {parts.scheme!r}; DistSync keeps its data in PostgreSQL alone.",
            hint="Write postgresql://user:password@host:5432/database.",
            id="distsync.E010",
        )
    elif not parts.path.strip("/"):
        yield Error(f"{name} names no database.", hint="Write it last: postgresql://host:5432/distsync.", id="distsync.E011")


def _redis_url() -> Iterator[CheckMessage]:
    scheme = urlsplit(settings.REDIS_URL).scheme
    if scheme not in {"redis", "rediss"}:
        yield Error(
            f"REDIS_URL has the scheme {scheme!r}.",
            hint="Write redis://:password@host:6379/0, or rediss:// for TLS. Valkey speaks it too.",
            id="distsync.E012",
        )


def _time_zone() -> Iterator[CheckMessage]:
    if settings.DEPLOYMENT_TIME_ZONE not in available_timezones():
        yield Error(
            f"DISTSYNC_TIME_ZONE is {settings.DEPLOYMENT_TIME_ZONE!r}, which is no time zone.",
            hint="Use a name of the IANA list, such as America/Sao_Paulo or UTC.",
            id="distsync.E020",
        )


def _currency() -> Iterator[CheckMessage]:
    currency = settings.DEPLOYMENT_CURRENCY
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        yield Error(
            f"DISTSYNC_CURRENCY is {currency!r}; it must be three capital letters.",
            hint="Use an ISO 4217 code, such as USD, EUR or BRL.",
            id="distsync.E021",
        )


def _limits() -> Iterator[CheckMessage]:
    for name, variable in LIMITS.items():
        value = getattr(settings, name)
        if value < 1:
            yield Error(
                f"{variable} is {value}: with it nothing could come in.",
                hint="Set a number of at least 1, or leave it unset for the default.",
                id="distsync.E022",
            )


def _log_level() -> Iterator[CheckMessage]:
    if settings.ENV.log_level not in LOG_LEVELS:
        yield Error(
            f"DISTSYNC_LOG_LEVEL is {settings.ENV.log_level!r}.",
            hint=f"Use one of {', '.join(LOG_LEVELS)}.",
            id="distsync.E023",
        )


def _demo() -> Iterator[CheckMessage]:
    if settings.DEMO not in {"off", "live"}:
        yield Error(f"DISTSYNC_DEMO is {settings.DEMO!r}.", hint="Use `live` (sample orders) or `off`.", id="distsync.E024")
