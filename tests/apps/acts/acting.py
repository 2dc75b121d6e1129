"""Acts performed as a room that owns their effect does it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.acts import log, store
from apps.acts.types import Act, StampedAct
from tests.apps.acts.builders import NOW


@transaction.atomic
def perform(*acts: Act, now: datetime = NOW) -> Sequence[StampedAct]:
    performed = log.perform(acts, now=now)
    store.write(performed)
    return performed


def another_session() -> dict[str, Any]:
    """What psycopg needs to open a session of its own on the test's database."""
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
