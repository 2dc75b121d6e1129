"""Contracts and partners over HTTP."""

from collections.abc import Callable

import pytest

from apps.accounts.roles import Role
from apps.contracts.registry import CONTRACTS
from apps.partners.models import Partner, Site
from tests.apps.api.conftest import Caller, tell
from tests.apps.api.stories import two_legs

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


def test_every_contract_is_listed(caller: Make) -> None:
    answer = caller().json("contracts?page_size=500")
    assert [contract["type"] for contract in answer["results"]] == list(CONTRACTS)
    assert (answer["next"], answer["previous"]) == (None, None)


def test_contracts_page_both_ways(caller: Make) -> None:
    ada = caller()
    types = list(CONTRACTS)
    first = ada.json("contracts?page_size=10")
    second = ada.json(first["next"].partition("/api/v1/")[2])
    assert [contract["type"] for contract in second["results"]] == types[10:20]
    assert ada.json(second["previous"].partition("/api/v1/")[2])["results"] == first["results"]


@pytest.mark.parametrize("name", ["leg.shipped", "distsync.leg.shipped.v1"])
def test_one_contract_has_its_schema_and_examples(caller: Make, name: str) -> None:
    contract = caller().json(f"contracts/{name}")
    assert contract["schema"]["required"] == ["leg", "shipment", "lines"]
    assert contract["examples"][0]["type"] == "distsync.leg.shipped.v1"
    assert contract["version"] == 1


def test_an_unknown_contract_is_not_found(caller: Make) -> None:
    assert caller().problem("contracts/order.lost", 404)["title"] == "Not found"


def test_partners_are_known_from_the_first_time_that_anybody_names_them(caller: Make) -> None:
    tell(*two_legs())
    Partner.objects.filter(code="north").update(name="NorthStar", is_discovered=False)
    Site.objects.filter(code="ATL").update(zone="America/New_York", region="EAST")
    assert caller().json("partners")["results"] == [
        {
            "partner": "north",
            "name": "NorthStar",
            "is_discovered": False,
            "sites": [{"site": "ATL", "name": None, "region": "EAST", "time_zone": "America/New_York", "is_discovered": True}],
        },
        {
            "partner": "polaris",
            "name": None,
            "is_discovered": True,
            "sites": [{"site": "CHI", "name": None, "region": None, "time_zone": None, "is_discovered": True}],
        },
    ]


def test_partners_page_both_ways(caller: Make) -> None:
    Partner.objects.bulk_create(Partner(code=code) for code in "abcde")
    ada = caller()
    first = ada.json("partners?page_size=2")
    second = ada.json(first["next"].partition("/api/v1/")[2])
    third = ada.json(second["next"].partition("/api/v1/")[2])
    codes = [[row["partner"] for row in page["results"]] for page in (first, second, third)]
    assert codes == [["a", "b"], ["c", "d"], ["e"]]
    assert ada.json(second["previous"].partition("/api/v1/")[2])["results"] == first["results"]


def test_a_partners_user_sees_itself_alone(caller: Make) -> None:
    tell(*two_legs())
    north = caller(Role.PARTNER, partner="north")
    assert [row["partner"] for row in north.json("partners")["results"]] == ["north"]
