"""How people change the rules: what they ask for is read as the rules themselves are, kept as an act with who and why, and what
it touches is judged again. One transaction each, and nothing is judged meanwhile.

Rules are dated: a change holds from a time on (now, unless another is given), and clocks that started before stay as they
were. Whoever saw an older state of a rule than the one that stands is refused, and told who was first.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from apps.acts import settings as kept
from apps.acts.settings import Standing
from apps.core.errors import Conflict, Unreadable
from apps.core.text import printable
from apps.exceptions import measured, rules, sweep
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.ownership import rules_of
from apps.sla.calendars import calendar_of
from apps.sla.commitments import MEASURES
from apps.sla.reading import read_time
from apps.sla.settings_reading import calendar_owner, calendar_versions, partner_statuses

REASON_LIMIT: Final = 2_000
NAME_LIMIT: Final = 200
EVER: Final = datetime.min.replace(tzinfo=UTC)
Version = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes a rule, why and when. `seen` is the position of the act that made it what they saw (0: there was none,
    None: whatever stands)."""

    who: str
    reason: str
    now: datetime
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """`position` of the act, `asked`: how many orders (of an owner's or a team's rule: cases) are looked at again for it."""

    position: int
    asked: int


def set_calendar(name: str, calendar: object, *, effective_from: datetime | None, author: Author) -> Changed:
    """Sets the calendar of a site, a partner or a team (`site:ATL-1`) from a time on (None: always, clocks of the past too);
    null for `calendar`: there is none from then on. Raises Unreadable, Conflict, Unavailable."""
    kind, code = calendar_owner(name)
    check_name(code, "code")
    if kind == "team" and code not in TEAMS:
        raise Unreadable(f"There is no team `{printable(code, 60)}`: there are {', '.join(TEAMS)}.")
    wanted = None if calendar is None else msgspec.to_builtins(calendar_of(calendar))
    with changing(author, ["calendar"]) as standing:
        refuse_unseen(standing.get(("calendar", name)), author)
        versions = before(versions_of(standing.get(("calendar", name))), effective_from)
        if wanted is not None or versions:
            versions.append({"effective_from": as_text(effective_from), "calendar": wanted})
        value = {"versions": versions}
        calendar_versions(value)
        position = put("calendar", name, value, author)
        if kind == "team":
            return Changed(position, sweep.ask_for_escalations(effective_from))
        return Changed(position, ask(effective_from))


def set_partner_status(partner: str, status: str, *, effective_from: datetime | None, author: Author) -> Changed:
    """Says where a partner stands from a time on: only clocks that start while it is active are measured. Raises Unreadable,
    Conflict, Unavailable."""
    check_name(partner, "partner")
    with changing(author, ["partner"]) as standing:
        found = standing.get(("partner", partner))
        refuse_unseen(found, author)
        value = found.value if found is not None and isinstance(found.value, dict) else {}
        old = versions_of(found) or [{"effective_from": None, "status": value.get("status", "active")}]
        versions = [*before(old, effective_from), {"effective_from": as_text(effective_from), "status": status}]
        value = {key: each for key, each in value.items() if key not in {"status", "versions"}} | {"versions": versions}
        partner_statuses(value)
        return Changed(put("partner", partner, value, author), ask(effective_from))


def set_ownership(value: object, *, author: Author) -> Changed:
    """Sets the ownership rules, in order. Cases that are open go to whom the rules say; those that are cleared stay with
    whoever had them. Raises Unreadable, Conflict, Unavailable."""
    rules_of(value)
    with changing(author, ["ownership"]) as standing:
        refuse_unseen(standing.get(rules.OWNERSHIP), author)
        return Changed(put(*rules.OWNERSHIP, value, author), sweep.ask_for_owners(author.now))


def set_measured(measure: str, sender: str, is_measured: bool | None, *, author: Author) -> Changed:
    """Says whether a measure's stop milestone is sent by `sender` (a partner, empty for any source), whatever was learned;
    None: as it was learned. Raises Unreadable, Conflict, Unavailable."""
    known = MEASURES.get(measure)
    if known is None:
        raise Unreadable(f"There is no measure `{printable(measure, 60)}`: there are {', '.join(MEASURES)}.")
    if (known.sender == "partner") is not bool(sender):
        whose = "a partner each" if known.sender == "partner" else "all sources together"
        raise Unreadable(f"The stop milestone of {measure} is looked for from {whose}.")
    check_name(sender or "-", "partner")
    key = (measured.KIND, f"{measure}:{sender}")
    with changing(author, [measured.KIND]) as standing:
        refuse_unseen(standing.get(key), author)
        if is_measured is None:
            position = kept.remove(*key, who=author.who, reason=author.reason.strip(), now=author.now).position
        else:
            position = put(*key, is_measured, author)
        transaction.on_commit(measured.forget)
        return Changed(position, 0)


@contextmanager
def changing(author: Author, kinds: Sequence[str]) -> Iterator[Mapping[Key, Standing]]:
    """A transaction in which nothing is judged; the settings of `kinds` as they stand in it. Raises Unreadable without a
    reason, Unavailable where what is being judged does not end."""
    reason = author.reason.strip()
    if not reason or len(reason) > REASON_LIMIT:
        raise Unreadable(f"`reason`: say in 1 to {REASON_LIMIT:,} characters why the rule changes; it stands in the audit log.")
    with transaction.atomic():
        rules.hold_alone()
        yield kept.standing(kinds)


def refuse_unseen(found: Standing | None, author: Author) -> None:
    """Raises Conflict where the setting is not as the author saw it."""
    position = found.position if found else 0
    if author.seen is None or author.seen == position:
        return
    if found is None:
        raise Conflict("This rule is not there any more. Look at it again, then decide.")
    first = {"by": found.who, "at": found.at.isoformat(), "version": found.position, "reason": found.reason}
    raise Conflict(f"{found.who} has changed this rule since you opened it. Look at it again, then decide.", errors=[first])


def is_name(text: str) -> bool:
    """Whether a setting can be of something called so."""
    return bool(text.strip()) and text.isprintable() and len(text) <= NAME_LIMIT


def check_name(text: str, field: str) -> None:
    if not is_name(text):
        raise Unreadable(f"`{field}`: expected 1 to {NAME_LIMIT} printable characters, came `{printable(text, 60)}`.")


def put(kind: str, name: str, value: Any, author: Author) -> int:
    """Sets it; the position of the act."""
    return kept.put(kind, name, value, who=author.who, reason=author.reason.strip(), now=author.now).position


def ask(since: datetime | None) -> int:
    """Has what the change touches judged again; None: everything."""
    return sweep.ask_for_all() if since is None else sweep.ask_since(since)


def versions_of(found: Standing | None) -> list[Version]:
    """The versions as they are kept, as far as they are any."""
    versions = found.value.get("versions") if found is not None and isinstance(found.value, dict) else None
    return [version for version in versions if isinstance(version, dict)] if isinstance(versions, list) else []


def before(versions: Sequence[Version], since: datetime | None) -> list[Version]:
    """Those that begin before `since` (None: there is no before), the latest last. What begins later, or cannot be read, gives
    way."""
    if since is None:
        return []
    dated = [(begins, version) for version in versions if (begins := begin_of(version)) is not None and begins < since]
    return [version for _, version in sorted(dated, key=lambda each: each[0])]


def begin_of(version: Version) -> datetime | None:
    """From when on it holds; None where that cannot be read."""
    try:
        return read_time(version.get("effective_from"), "`effective_from`") or EVER
    except Unreadable:
        return None


def as_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
