"""Who is told of an event: the people and the team that it is for. Nobody is told of what they did themselves, and a partner's
user of its own partner's cases alone. Pure but for one read of the people in question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.roles import Permission, Role, may
from apps.delivery.preferences import person, team
from apps.delivery.sources import Event


@dataclass(frozen=True, slots=True)
class Telling:
    """An event, and one who is told of it."""

    event: Event
    recipient: str


def people_for(events: Sequence[Event]) -> list[User]:
    """The active people who may be told of any of these events."""
    names = {name for event in events for name in event.names}
    teams = {event.team for event in events if event.team}
    partners = {event.partner for event in events if event.is_for_partners and event.team and event.partner}
    chosen = Q(username__in=names) | Q(team__in=teams) | Q(role=Role.PARTNER.value, partner__in=partners)
    return list(User.objects.filter(chosen, is_active=True).order_by("username"))


def tellings(events: Iterable[Event], people: Sequence[User]) -> list[Telling]:
    """Who is told of what."""
    found = []
    for event in events:
        if event.team:
            found.append(Telling(event, team(event.team)))
        found += [Telling(event, person(user.username)) for user in people if is_told(user, event)]
    return found


def is_told(user: User, event: Event) -> bool:
    """Whether the event is for that person, and theirs to see."""
    if user.username == event.who or not may(user.role, Permission.SEE_EXCEPTIONS):
        return False
    if not may(user.role, Permission.SEE_ALL_PARTNERS):
        is_own = event.is_for_partners and bool(user.partner) and user.partner == event.partner
        return is_own and (user.username in event.names or bool(event.team))
    return user.username in event.names or (bool(event.team) and user.team == event.team)
