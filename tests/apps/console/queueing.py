"""What the tests of the exception queue read off its pages, and how they act on it."""

import re

from django.test import Client

from apps.exceptions.queries import Case

SCRIPT = {"HX-Request": "true", "HX-Target": "exceptions"}
TABS = ("mine", "team", "unassigned", "all", "snoozed", "resolved")


def text(client: Client, url: str, status: int = 200, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def shown(page: str) -> list[str]:
    """The orders of the rows, in their order."""
    return re.findall(r'<tr id="case-[^>]*data-handle="([^"]+)"', page)


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r'id="tab-(\w+)"[^>]*>[^<]*<span class="n">([^<]*)</span>', page))


def do(client: Client, case: Case, wish: str, status: int = 200, **fields: str) -> str:
    fields.setdefault("version", str(case.version))
    response = client.post(f"/exceptions/{case.id}/{wish}", fields, headers=SCRIPT)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def attribute(page: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', page)
    assert found is not None
    return found[1]
