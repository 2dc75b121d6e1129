"""Exceptions as the API tells them: pure functions of what the query layer returns. Add keys, never rename them."""

from apps.api.values import Json, money, time
from apps.exceptions.catalogue import type_of
from apps.exceptions.queries import Case
from apps.exceptions.standing import Evidence
from apps.exceptions.story import Entry, Story


def exception_row(case: Case) -> Json:
    """One case of a list, already redacted for its reader."""
    return {
        "id": case.id,
        "code": case.code,
        "title": type_of(case.code).title,
        "state": case.state,
        "severity": case.severity.name.lower(),
        "team": case.team,
        "assignee": case.assignee or None,
        "subject": {"scheme": case.subject.scheme, "value": case.subject.value, "issuer": case.subject.issuer},
        "order": case.order,
        "handle": case.handle,
        "customer_name": case.customer_name,
        "partner": case.partner,
        "site": case.site,
        "region": case.region,
        "value": money(case.worth, case.currency),
        "reason": case.reason or None,
        "opened_at": time(case.opened_at),
        "due_at": time(case.due_at),
        "resolved_at": time(case.resolved_at),
        "snoozed_until": time(case.snoozed_until) if case.state == "snoozed" else None,
        "next_cut_off": time(case.next_cut_off),
        "late_word": case.is_late_word,
        "incident": case.incident,
        "comments": case.comment_count,
        "version": case.version,
    }


def exception_document(case: Case, story: Story, *, steps: tuple[str, ...]) -> Json:
    """One case whole. `case` and `story` are already redacted for their reader."""
    is_by_hand = case.state == "resolved_manual"
    return {
        **exception_row(case),
        "episode": case.episode,
        "resolved_by": (case.resolved_by or None) if is_by_hand else None,
        "resolution": (case.resolution or None) if is_by_hand else None,
        "evidence": _evidence(story.evidence),
        "history": [_entry(entry) for entry in story.entries],
        "next_steps": list(steps),
    }


def _entry(entry: Entry) -> Json:
    return {
        "at": time(entry.at),
        "kind": entry.kind,
        "who": entry.who or None,
        "to": entry.to or None,
        "text": entry.text or None,
        "reason": entry.reason or None,
        "until": time(entry.until),
        "evidence": _evidence(entry.evidence),
    }


def _evidence(evidence: Evidence | None) -> Json | None:
    if evidence is None:
        return None
    return {
        "occurred_at": time(evidence.occurred_at),
        "received_at": time(evidence.heard_at),
        "source": evidence.source or None,
        "message": evidence.message or None,
    }
