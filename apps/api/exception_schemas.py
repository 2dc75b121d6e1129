"""What the answers about exceptions look like, and the bodies of the acts, for the OpenAPI document."""

from typing import Any, Final

from rest_framework import serializers as s

from apps.api.bodies import LARGEST_WHOLE
from apps.api.schemas import Money, Reference, a_text, a_time, a_word, record
from apps.api.vocabulary import JOB_STATES, SEVERITIES
from apps.exceptions.cases import STATES
from apps.exceptions.catalogue import REASONS, TEAMS, TYPES
from apps.exceptions.filters import ACTIVE, OPEN
from apps.exceptions.queries import IS_ID, SORTS
from apps.exceptions.services import NAME_LIMIT, REASON_LIMIT, TEXT_LIMIT

CODES: Final = tuple(TYPES)
TEAM_CODES: Final = tuple(TEAMS)
REASON_CODES: Final = tuple(REASONS)
STATE_FILTERS: Final = (OPEN, ACTIVE, *STATES)
SORT_NAMES: Final = tuple(SORTS)
IDS_LIMIT: Final = 10_000
FILTER_LIMIT: Final = 2_000

ROW: Final[dict[str, Any]] = {
    "id": a_text(),
    "code": a_word(CODES),
    "title": a_text(),
    "state": a_word(STATES),
    "severity": a_word(SEVERITIES),
    "team": a_text(),
    "assignee": a_text(null=True),
    "subject": Reference(),
    "order": a_text(),
    "handle": a_text(),
    "customer_name": a_text(null=True),
    "partner": a_text(null=True),
    "site": a_text(null=True),
    "region": a_text(null=True),
    "value": Money(allow_null=True),
    "reason": a_text(null=True),
    "opened_at": a_time(null=False),
    "due_at": a_time(),
    "resolved_at": a_time(),
    "snoozed_until": a_time(),
    "next_cut_off": a_time(),
    "late_word": s.BooleanField(),
    "incident": a_text(null=True),
    "comments": s.IntegerField(),
    "version": s.IntegerField(),
}
ExceptionRow = record("ExceptionRow", **ROW)
Exceptions = record(
    "Exceptions",
    next=s.URLField(allow_null=True),
    previous=s.URLField(allow_null=True),
    results=ExceptionRow(many=True),
    as_of=a_time(),
)


Evidence = record("Evidence", occurred_at=a_time(), received_at=a_time(), source=a_text(null=True), message=a_text(null=True))


class HistoryEntry(s.Serializer[Any]):
    at = a_time(null=False)
    kind = a_text()
    who = a_text(null=True)
    to = a_text(null=True)
    text = a_text(null=True)
    reason = a_text(null=True)
    until = a_time()
    evidence = Evidence(allow_null=True)


ExceptionDocument = record(
    "ExceptionDocument",
    **ROW,
    episode=s.IntegerField(),
    resolved_by=a_text(null=True),
    resolution=a_word(REASON_CODES, null=True),
    evidence=Evidence(allow_null=True),
    history=HistoryEntry(many=True),
    next_steps=s.ListField(child=a_text()),
    as_of=a_time(),
)


def _words(limit: int) -> s.CharField:
    return s.CharField(required=False, allow_null=True, allow_blank=True, max_length=limit)


def _wish(name: str, **more: s.Field[Any, Any, Any, Any]) -> type[s.Serializer[Any]]:
    version = s.IntegerField(required=False, allow_null=True, min_value=0, max_value=LARGEST_WHOLE)
    fields: dict[str, Any] = {"text": _words(TEXT_LIMIT), "reason": _words(REASON_LIMIT), "version": version, **more}
    return record(_wish_name(name), **fields)


def _wish_name(word: str) -> str:
    return "".join(part.capitalize() for part in word.split("_")) + "Wish"


_REASON: Final = s.ChoiceField(choices=[(code, code) for code in REASON_CODES])
WISHES: Final[dict[str, type[s.Serializer[Any]]]] = {
    "claim": _wish("claim"),
    "assign": _wish("assign", to=s.CharField(max_length=NAME_LIMIT)),
    "comment": _wish("comment", text=s.CharField(max_length=TEXT_LIMIT)),
    "snooze": _wish("snooze", until=s.DateTimeField()),
    "wait": _wish("wait"),
    "wake": _wish("wake"),
    "escalate": _wish("escalate", to=s.CharField(max_length=NAME_LIMIT)),
    "give_back": _wish("give_back"),
    "resolve": _wish("resolve", reason=_REASON),
    "reopen": _wish("reopen"),
    "take_out": _wish("take_out"),
    "put_back": _wish("put_back"),
}


def _filter_word(allowed: tuple[str, ...]) -> s.ChoiceField:
    return s.ChoiceField(choices=[(value, value) for value in allowed], required=False, allow_null=True)


BulkFilter = record(
    "BulkFilter",
    team=_filter_word(TEAM_CODES),
    assignee=_words(NAME_LIMIT),
    code=_filter_word(CODES),
    partner=_words(FILTER_LIMIT),
    site=_words(FILTER_LIMIT),
    region=_words(FILTER_LIMIT),
    state=_filter_word(STATE_FILTERS),
    severity=_filter_word(SEVERITIES),
    order=_words(FILTER_LIMIT),
    incident=_words(FILTER_LIMIT),
)
_ID: Final = s.RegexField(f"^{IS_ID.pattern}$")
BulkWish = record(
    "BulkWish",
    action=s.ChoiceField(choices=[(word, word) for word in WISHES]),
    ids=s.ListField(child=_ID, required=False, allow_null=True, min_length=1, max_length=IDS_LIMIT),
    filter=BulkFilter(required=False, allow_null=True),
    to=_words(NAME_LIMIT),
    text=_words(TEXT_LIMIT),
    until=s.DateTimeField(required=False, allow_null=True),
    reason=_words(REASON_LIMIT),
)
JobResult = record("JobResult", id=a_text(), reason=a_text())
Job = record(
    "Job",
    id=s.UUIDField(),
    action=a_word(tuple(WISHES)),
    state=a_word(JOB_STATES),
    total=s.IntegerField(),
    done=s.IntegerField(),
    succeeded=s.IntegerField(),
    failed=s.IntegerField(),
    results=JobResult(many=True),
    problem=a_text(null=True),
    who=a_text(),
    created_at=a_time(null=False),
    started_at=a_time(),
    finished_at=a_time(),
)
CLOSED: Final = (*map(_wish_name, WISHES), "BulkWish", "BulkFilter")  # further fields are refused
