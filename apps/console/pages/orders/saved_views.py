"""Saved views: a list's filters under a name, the person's own and those that others share."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts.models import SavedView, User
from apps.core.errors import NotFound, Unreadable

NAME_LIMIT = 60
VIEWS_LIMIT = 50


@dataclass(frozen=True, slots=True)
class ShownView:
    id: int
    name: str
    url: str
    is_own: bool
    shared: bool
    owner: str
    is_current: bool


def views_for(user: User, page: str, path: str, query: str) -> list[ShownView]:
    """The user's own views of a page, then the shared ones. `query` marks the one that is open."""
    found = SavedView.objects.filter(Q(owner=user) | Q(shared=True), page=page).select_related("owner")[:VIEWS_LIMIT]
    shown = [
        ShownView(
            id=view.pk,
            name=view.name,
            url=f"{path}?{view.query}" if view.query else path,
            is_own=view.owner_id == user.pk,
            shared=view.shared,
            owner=view.owner.username,
            is_current=view.query == query,
        )
        for view in found
    ]
    return sorted(shown, key=lambda view: (not view.is_own, view.name.casefold()))


def save_view(user: User, page: str, name: str, filters: dict[str, str], *, shared: bool) -> SavedView:
    """Saves the filters; the same name again replaces what it held. Raises Unreadable for a name that is none."""
    name = _name(name)
    view, _ = SavedView.objects.update_or_create(
        owner=user, page=page, name=name, defaults={"query": urlencode(filters), "shared": shared}
    )
    return view


def rename_view(user: User, view_id: int, name: str) -> SavedView:
    """Raises NotFound for a view that is not the user's own, Unreadable for a name that is none or taken."""
    view = _own(user, view_id)
    view.name = _name(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as error:
        raise Unreadable(f"You already have a view named {view.name}.") from error
    return view


def delete_view(user: User, view_id: int) -> SavedView:
    view = _own(user, view_id)
    SavedView.objects.filter(pk=view.pk).delete()
    return view


def _own(user: User, view_id: int) -> SavedView:
    view = SavedView.objects.filter(pk=view_id, owner=user).first()
    if view is None:
        raise NotFound("No such view of yours.")
    return view


def _name(text: str) -> str:
    name = " ".join(text.split())[:NAME_LIMIT]
    if not name or "\0" in name:
        raise Unreadable("Give the view a name.")
    return name
