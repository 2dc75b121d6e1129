import json
from io import StringIO

from django.conf import settings
from django.core.management import call_command

from apps.contracts.registry import CONTRACTS


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("contracts", *arguments, stdout=out)
    return out.getvalue()


def test_the_page_in_docs_is_up_to_date() -> None:
    page = (settings.BASE_DIR / "docs" / "contracts.md").read_text()
    assert page == said("--markdown"), "run: manage.py contracts --markdown > docs/contracts.md"


def test_the_list_names_every_type_and_its_senders() -> None:
    lines = said().splitlines()
    assert [line.split()[0] for line in lines] == list(CONTRACTS)
    assert lines[1].startswith("distsync.order.validated.v1          OMS, ERP ")


def test_json_holds_every_contract() -> None:
    assert [contract["type"] for contract in json.loads(said("--json"))] == list(CONTRACTS)
