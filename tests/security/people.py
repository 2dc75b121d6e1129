"""Everybody who may ask: strangers, a user of each role, of two partners, one who left, and a credential of each door."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.accounts.roles import Permission, Role, may
from apps.accounts.services import issue_token
from apps.partners.doors import DOORS
from apps.partners.services import create_credential
from tests.connections import connection_kept
from tests.security.addresses import Address, Kind

PARTNERS = ("northstar", "polaris")
Expect = Callable[[Address, str], int]


@dataclass(frozen=True, slots=True)
class Person:
    """`role` empty for whoever is nobody here: a stranger, one who left, a machine. `door` of a credential."""

    name: str
    client: Client
    role: str = ""
    partner: str = ""
    token: str = ""
    door: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, by_token: bool, **headers: str) -> HttpResponse:
        """One request, of which nothing stays: neither its effect nor what it did to the session."""
        if self.token and (by_token or not self.role):
            headers["Authorization"] = f"Bearer {self.token}"
        cookies = self.client.cookies.copy()
        data = body if method == "POST" else None
        try:
            with connection_kept(), transaction.atomic():
                how = {"data": data} if data is not None else {}
                client = Client() if by_token else self.client
                kind = headers.pop("Content-Type", None)
                if kind:
                    how["content_type"] = kind
                answer: HttpResponse = getattr(client, method.lower())(path, headers=headers, **how)
                if answer.streaming and "event-stream" in answer["Content-Type"]:
                    answer.close()  # it never ends
                transaction.set_rollback(True)
        finally:
            self.client.cookies = cookies
        return answer

    def sees(self, address: Address) -> bool:
        if address.needs is not None and not may(self.role, address.needs):
            return False
        return not address.of or may(self.role, Permission.SEE_ALL_PARTNERS) or self.partner == address.of

    def expected(self, address: Address, method: str) -> int:
        """By the table's line and the matrix."""
        allowed = address.methods.get(method)
        if address.kind is Kind.CLOSED:
            return 404
        if address.kind is Kind.ACCOUNT:
            return (address.methods if self.role else address.stranger).get(method, 405)
        if address.kind is Kind.API:
            return self._at_api(address, method, allowed)
        if allowed is None:
            return 405
        if address.kind is Kind.DOOR:
            return self._at_door(address, allowed)
        return allowed if address.kind is Kind.OPEN else self._with_session(address, allowed)

    def _with_session(self, address: Address, allowed: int) -> int:
        if not self.role:
            return 302 if address.kind is Kind.PAGE else 401
        return allowed if self.sees(address) else 404

    def _at_door(self, address: Address, allowed: int) -> int:
        if not self.door:
            return 401
        return allowed if self.door == address.door else 403

    def _at_api(self, address: Address, method: str, allowed: int | None) -> int:
        if not self.role:
            return 401
        if address.needs is not None and not may(self.role, address.needs):
            return 404
        if allowed is None:
            return 405
        if method == "OPTIONS":
            return allowed
        if not self.sees(address):
            return 404
        return 403 if method == "POST" and address.does and not may(self.role, address.does) else allowed


def everybody() -> list[Person]:
    people = [Person("a stranger", Client())]
    for role in Role:
        partners = PARTNERS if role is Role.PARTNER else ("",)
        people += [_user(f"{role.value} {partner}".strip(), role, partner) for partner in partners]
    people.append(_one_who_left())
    people += [
        Person(f"a credential of {door}", Client(), token=create_credential(door, doors=[door]), door=door) for door in DOORS
    ]
    people.append(Person("a guesser", Client(), token="dsu_" + "x" * 43))
    return people


def _user(name: str, role: Role, partner: str) -> Person:
    user = User.objects.create(username=name, role=role.value, partner=partner)
    client = Client()
    client.force_login(user)
    return Person(name, client, role.value, partner, issue_token(user)[1])


def _one_who_left() -> Person:
    """An administrator with an open session and a token, switched off afterwards."""
    person = _user("who left", Role.ADMINISTRATOR, "")
    User.objects.filter(username="who left").update(is_active=False)
    return Person(person.name, person.client, token=person.token)
