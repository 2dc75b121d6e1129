"""Acts performed as a room that owns their effect does it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.acts import log, store
from apps.acts.types import Act, StampedAct
from tests.apps.acts.builders import NOW


@transaction.atomic
def perform(*acts: Act, now: datetime = NOW) -> Sequence[StampedAct]:
    performed = log.perform(acts, now=now)
    store.write(performed)
    return performed
