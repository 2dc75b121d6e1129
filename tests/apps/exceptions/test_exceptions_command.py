"""The catalogue as a page: made from the code, and current."""

from io import StringIO

from django.core.management import call_command

from apps.exceptions.catalogue import TYPES
from distsync.env import ROOT


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("exceptions", *arguments, stdout=out)
    return out.getvalue()


def test_the_page_is_that_of_the_catalogue() -> None:
    page = (ROOT / "docs" / "exceptions.md").read_text()
    assert page == said("--markdown"), "run: manage.py exceptions --markdown > docs/exceptions.md"


def test_every_type_is_listed_with_its_owner() -> None:
    lines = said().splitlines()
    assert [line.split()[0] for line in lines] == list(TYPES)
    acknowledged = next(line for line in lines if line.startswith("ACK_OVERDUE "))
    assert "Partner operations" in acknowledged
    assert acknowledged.endswith("The 3PL has not acknowledged the release in time.")
