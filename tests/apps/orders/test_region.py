"""The database's way of correlating a batch at a time equals correlating everything at once."""

from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.sql import run
from apps.orders import conflicts
from apps.orders.correlation import correlate
from apps.orders.mentions import Bundle, digest_of
from apps.orders.region import order_key
from apps.orders.store import _bundle_rows, _lock_and_read, _place_bundles
from tests.apps.orders.test_correlation import any_bundle

STORED = "SELECT digest, state, order_keys, reason FROM orders_bundle"


def place(bundles: Sequence[Bundle]) -> None:
    work = _lock_and_read({digest_of(each): each for each in bundles})
    placements, _ = _place_bundles(work)
    for statement, parameters in _bundle_rows(work.region, placements):
        run(statement, parameters)
    if work.region is not None:
        conflicts.write(work.region)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_bundle(), min_size=1, max_size=12), st.lists(st.integers(1, 3), min_size=12, max_size=12))
def test_batch_by_batch_equals_all_at_once(bundles: Sequence[Bundle], sizes: Sequence[int]) -> None:
    everything = {digest_of(each): each for each in bundles}
    with transaction.atomic():
        rest = list(bundles)
        for size in sizes:
            batch, rest = rest[:size], rest[size:]
            if batch:
                place(batch)
        whole = correlate(everything)
        with connection.cursor() as cursor:
            cursor.execute(STORED)
            stored = {
                bytes(d): (state, frozenset(bytes(k) for k in keys), reason) for d, state, keys, reason in cursor.fetchall()
            }
            cursor.execute("SELECT order_key, content FROM orders_conflict")
            found = {(bytes(key), bytes(content)) for key, content in cursor.fetchall()}
        assert stored == {
            digest: (v.state, frozenset(order_key(o, whole.issuers) for o in v.orders), v.reason)
            for digest, v in whole.verdicts.items()
        }
        assert found == {
            (order_key(order, whole.issuers), conflicts.encode(conflicts._state(identifier, orders)))
            for identifier, orders in whole.contested.items()
            for order in orders
        }
        transaction.set_rollback(True)
