"""Names become rows when they are first heard; zones are known; sources have owners."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.partners import discovery
from apps.partners.discovery import discover, foreign_sources, hear, site_zones, source_zones
from apps.partners.models import Partner, Region, Site, Source
from apps.partners.services import assign_source

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    discovery.forget()


@pytest.mark.django_db
def test_every_name_becomes_a_discovered_row() -> None:
    discover(
        partners={"northstar"},
        sites={"N1": "northstar", "S1": "polaris", "X": None},
        sources={"/oms", "/northstar"},
        regions={"south"},
    )
    assert set(Partner.objects.values_list("code", "is_discovered")) == {("northstar", True), ("polaris", True)}
    assert set(Site.objects.values_list("code", "partner", "is_discovered")) == {
        ("N1", "northstar", True),
        ("S1", "polaris", True),
        ("X", None, True),
    }
    assert set(Source.objects.values_list("name", "partner", "is_discovered")) == {
        ("/oms", None, True),
        ("/northstar", None, True),
    }
    assert set(Region.objects.values_list("code", "is_discovered")) == {("south", True)}


@pytest.mark.django_db
def test_what_was_set_up_stays() -> None:
    Partner.objects.create(code="northstar", name="North Star Logistics")
    Site.objects.create(code="N1", name="Oslo", partner="northstar", zone="Europe/Oslo")
    discover(partners={"northstar"}, sites={"N1": "polaris"})
    assert list(Partner.objects.filter(code="northstar").values_list("name", "is_discovered")) == [
        ("North Star Logistics", False)
    ]
    assert list(Site.objects.values_list("name", "partner", "zone", "is_discovered")) == [
        ("Oslo", "northstar", "Europe/Oslo", False)
    ]


@pytest.mark.django_db
def test_a_sites_partner_may_be_told_later_and_the_first_stays() -> None:
    for partner in (None, "northstar", "polaris", None):
        discover(sites={"N1": partner})
    assert list(Site.objects.values_list("code", "partner")) == [("N1", "northstar")]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "😀" * 600])
def test_a_name_that_no_row_can_hold_breaks_nothing(name: str) -> None:
    discover(partners={name, "northstar"}, sites={name: None, "N1": name}, sources={name}, regions={name})
    hear({name, "/oms"}, partner="", now=NOW)
    assert list(Partner.objects.values_list("code", flat=True)) == ["northstar"]
    assert list(Source.objects.values_list("name", flat=True)) == ["/oms"]
    assert foreign_sources({name}, "northstar") == {name}


@pytest.mark.django_db(transaction=True)
def test_known_names_cost_no_query() -> None:
    names = {"partners": {"a"}, "sites": {"s": "a"}, "sources": {"/a"}, "regions": {"r"}}
    discover(**names)
    with CaptureQueriesContext(connection) as queries:
        discover(**names)
    assert len(queries) == 0


@pytest.mark.django_db(transaction=True)
def test_names_of_a_transaction_that_failed_are_not_known() -> None:
    with transaction.atomic():
        discover(partners={"northstar"}, sites={"N1": None})
        transaction.set_rollback(True)
    assert (Partner.objects.count(), Site.objects.count()) == (0, 0)
    discover(partners={"northstar"}, sites={"N1": None})
    assert (Partner.objects.count(), Site.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_zones_are_those_that_somebody_set() -> None:
    Site.objects.create(code="S1", zone="America/Sao_Paulo")
    Site.objects.create(code="S2")
    Source.objects.create(name="/shop", zone="Europe/Berlin")
    assert (site_zones(), source_zones()) == ({"S1": "America/Sao_Paulo"}, {"/shop": "Europe/Berlin"})
    with CaptureQueriesContext(connection) as queries:
        site_zones()
        source_zones()
    assert len(queries) == 0
    Site.objects.create(code="S3", zone="Asia/Tokyo")  # seen at once by the process that made it
    assert site_zones() == {"S1": "America/Sao_Paulo", "S3": "Asia/Tokyo"}


@pytest.mark.django_db
def test_a_source_was_last_heard_when_it_last_spoke() -> None:
    moments = []
    for seconds in (0, 4, 5, 60, 30):
        hear({"/oms"}, partner="", now=NOW + timedelta(seconds=seconds))
        moments.append(Source.objects.get().last_heard_at)
    assert [int((moment - NOW).total_seconds()) for moment in moments] == [0, 0, 5, 60, 60]


def owner(source: str) -> str | None:
    return Source.objects.values_list("partner", flat=True).get(name=source)


@pytest.mark.django_db
def test_a_partner_takes_a_source_that_nobody_has() -> None:
    assert foreign_sources({"/north"}, "northstar") == set()
    assert owner("/north") == "northstar"
    assert foreign_sources({"/north"}, "polaris") == {"/north"}


@pytest.mark.django_db
def test_a_source_that_only_history_told_of_can_be_taken() -> None:
    discover(sources={"/north"})
    hear({"/north"}, partner=None, now=NOW)
    assert owner("/north") is None
    assert foreign_sources({"/north"}, "northstar") == set()


@pytest.mark.django_db
def test_a_source_of_the_house_cannot_be_taken_until_somebody_says_so() -> None:
    hear({"/oms"}, partner="", now=NOW)
    assert owner("/oms") == ""
    assert foreign_sources({"/oms", "/north"}, "northstar") == {"/oms"}
    assign_source("/oms", partner="northstar")
    assert foreign_sources({"/oms"}, "northstar") == set()
    assign_source("/oms", partner=None)
    assert foreign_sources({"/oms"}, "northstar") == {"/oms"}


@pytest.mark.django_db
def test_a_partners_source_stays_the_partners_when_the_house_speaks_for_it() -> None:
    foreign_sources({"/north"}, "northstar")
    hear({"/north"}, partner="", now=NOW)
    assert owner("/north") == "northstar"
