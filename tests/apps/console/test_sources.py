"""The sources page counts all of them, also where it shows only those heard last."""

from datetime import UTC, datetime

import pytest

from apps.console.pages.sources import queries
from apps.partners.models import Source

pytestmark = pytest.mark.django_db


def test_the_counts_are_of_all_sources_and_the_rows_those_heard_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "ROW_LIMIT", 2)
    Source.objects.create(name="/never", is_discovered=True)
    Source.objects.create(name="/old", is_discovered=True, last_heard_at=datetime(2026, 1, 1, tzinfo=UTC))
    Source.objects.create(name="/new", is_discovered=False, last_heard_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert queries.source_counts() == (3, 2)
    assert [source.name for source in queries.sources()] == ["/new", "/old"]
