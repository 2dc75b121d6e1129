"""What of a case a reader may see: the one place that strips money, customers and, for a partner's reader, what is said and
known among ourselves. Which cases a partner's reader sees at all is a condition of `filters.CaseFilter`."""

from dataclasses import replace
from typing import Final

from apps.accounts.roles import Permission, may
from apps.exceptions.queries import Case
from apps.exceptions.standing import Evidence
from apps.exceptions.story import Entry, Story
from apps.orders.visibility import Viewer, visible_partner

MONEY_IN_WORDS: Final = frozenset({"INVOICE_MISMATCH"})  # types whose reason names amounts


def redact_case(case: Case, viewer: Viewer) -> Case:
    """The case as the viewer may see it, who may see it at all."""
    if not may(viewer.role, Permission.SEE_MONEY):
        case = replace(case, worth=None, currency=None, reason="" if case.code in MONEY_IN_WORDS else case.reason)
    if visible_partner(viewer) is not None:
        case = replace(case, resolution="")
    return case if may(viewer.role, Permission.SEE_CUSTOMERS) else replace(case, customer_name=None)


def redact_story(story: Story, viewer: Viewer) -> Story:
    """The story as the viewer may see it. Comments are the talk between us and the partner, so its reader sees them; what is
    written with other acts is said among ourselves, and which message was the evidence may be another's to know."""
    if visible_partner(viewer) is None:
        return story
    entries = tuple(entry if entry.kind == "comment" else _bare(entry) for entry in story.entries)
    return Story(entries, _times(story.evidence))


def sees_steps(viewer: Viewer) -> bool:
    """Whether the viewer may read what we are to do next: it is written for us."""
    return visible_partner(viewer) is None


def _bare(entry: Entry) -> Entry:
    reason = entry.reason if entry.kind == "cleared" else ""
    return replace(entry, to="", text="", reason=reason, evidence=_times(entry.evidence))


def _times(evidence: Evidence | None) -> Evidence | None:
    return None if evidence is None else Evidence(evidence.occurred_at, evidence.heard_at)
