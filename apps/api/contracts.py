"""Contracts: every message type that DistSync understands, with its JSON Schema and examples."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.roles import Permission
from apps.api import schemas
from apps.api.base import PAGING, Endpoint, single
from apps.api.schemas import problems
from apps.contracts.schemas import contracts_document
from apps.core.errors import NotFound, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.text import printable


class Contracts(Endpoint):
    needs = Permission.SEE_CONTRACTS
    parameters: ClassVar[tuple[str, ...]] = PAGING

    @extend_schema(
        operation_id="contracts",
        parameters=schemas.PAGE_PARAMETERS,
        responses={200: schemas.Contracts, **problems(400, 401, 404)},
    )
    def get(self, request: Request) -> HttpResponse:
        """All contracts, in the order in which an order's life asks for them."""
        found = find_contracts(self.query.text("cursor"), self.query.page_size())
        return self.page(request, found, lambda contract: contract)


class Contract(Endpoint):
    needs = Permission.SEE_CONTRACTS

    @extend_schema(
        operation_id="contract",
        parameters=[schemas.IF_NONE_MATCH],
        responses={200: schemas.Contract, **schemas.UNCHANGED, **problems(400, 401, 404)},
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """One contract, by its name (`order.placed`) or by the CloudEvents `type`."""
        for contract in contracts_document():
            if name in (contract["name"], contract["type"]):
                return single(request, contract)
        raise NotFound(f"There is no contract {printable(name)}. `GET /api/v1/contracts` lists those that there are.")


def find_contracts(cursor: str | None, page_size: int) -> Page[dict[str, Any]]:
    """A page of the registry, by place. Raises Unreadable for a foreign cursor."""
    contracts = contracts_document()
    places = {contract["type"]: place for place, contract in enumerate(contracts)}
    start = Cursor.decode(cursor) if cursor else None
    if start is None:
        found = contracts[: page_size + 1]
    elif len(start.values) != 1 or start.values[0] not in places:
        raise Unreadable(FOREIGN)
    elif start.backwards:
        found = contracts[: places[start.values[0]]][::-1][: page_size + 1]
    else:
        found = contracts[places[start.values[0]] + 1 :][: page_size + 1]
    return page_of(found, start, page_size, lambda contract: (contract["type"],))
