"""The contracts as documentation: every event type with its fields, schema and examples, each at its own address."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.contracts.schemas import contracts_document

SUBJECTS = {
    "order": "Orders",
    "leg": "Legs",
    "shipment": "Shipments",
    "posting": "Money",
    "invoice": "Money",
    "return": "Returns",
    "inventory": "Stock",
    "transfer": "Stock",
    "message": "Integration",
    "queue": "Integration",
    "circuit": "Integration",
}


def grouped(documents: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The contracts by what they are about, in the registry's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        subject = document["name"].partition(".")[0]
        groups.setdefault(SUBJECTS.get(subject, words.plain(subject)), []).append(document)
    return groups


@require_safe
@page(Permission.SEE_CONTRACTS)
def contract_list(request: HttpRequest, _reader: Reader) -> HttpResponse:
    documents = contracts_document()
    return render(request, "console/contracts/page.html", {"groups": grouped(documents), "count": len(documents)})


@require_safe
@page(Permission.SEE_CONTRACTS)
def contract(request: HttpRequest, _reader: Reader, wire_type: str) -> HttpResponse:
    documents = contracts_document()
    found = next((document for document in documents if document["type"] == wire_type), None)
    if found is None:
        raise Http404("No contract of that name.")
    context = {
        "groups": grouped(documents),
        "contract": found,
        "schema": json.dumps(found["schema"], indent=2, ensure_ascii=False),
        "examples": [json.dumps(example, indent=2, ensure_ascii=False) for example in found["examples"]],
    }
    return render(request, "console/contracts/contract.html", context)
