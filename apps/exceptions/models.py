"""Tables of the exceptions room. All but the bulk jobs are derived: `manage.py rebuild` makes them again from the log, people's
acts included."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import F, Func, Q

OPEN = Q(cleared_at__isnull=True)
_IN_NO_INCIDENT = Func(F("incident"), template="((%(expressions)s IS NULL)::int)")
GRAVEST_FIRST = (_IN_NO_INCIDENT, Func(F("severity"), template="(-%(expressions)s)"), "opened_at", "id")
RAISED_FIRST = (_IN_NO_INCIDENT, Func(F("severity"), template="(-least(%(expressions)s + 1, 4))"), "opened_at", "id")
MONEY_FIRST = (_IN_NO_INCIDENT, Func(F("worth"), template="(-coalesce(%(expressions)s, -1))"), "id")


class CaseRow(models.Model):
    """One case: what lists filter and sort by, and the whole of it (`detail`, msgpack of the episode).

    `key` is the order's. What depends on now is worked out when it is read (`apps.exceptions.sql`): the state, the team after
    an escalation, the severity after `raises_at`. `cleared_at` is null while the condition holds. `measure` is that of the
    clock that opened it (empty for bad news), `sender` the partner that sends its stop milestone (empty: any source).
    """

    id = models.BinaryField(primary_key=True, max_length=16)
    key = models.BinaryField(max_length=16)
    handle = models.TextField()
    code = models.TextField()
    scheme = models.TextField()
    value = models.TextField()
    issuer = models.TextField()
    episode = models.IntegerField()
    severity = models.SmallIntegerField()
    raises_at = models.DateTimeField(null=True)
    partner = models.TextField(null=True)
    site = models.TextField(null=True)
    region = models.TextField(null=True)
    worth = models.DecimalField(null=True, max_digits=40, decimal_places=6)
    currency = models.TextField(null=True)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    cleared = models.TextField()
    evidence_at = models.DateTimeField(null=True)
    is_late_word = models.BooleanField()
    team = models.TextField()
    escalates_at = models.DateTimeField(null=True)
    escalates_to = models.TextField()
    worked = models.TextField()
    assignee = models.TextField()
    snoozed_until = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.TextField()
    resolution = models.TextField()
    version = models.BigIntegerField()
    last_act_at = models.DateTimeField(null=True)
    last_act_by = models.TextField()
    comment_count = models.IntegerField()
    incident = models.BinaryField(null=True, max_length=16)
    measure = models.TextField()
    sender = models.TextField()
    detail = models.BinaryField()

    class Meta:
        db_table = "exceptions_case"
        indexes = [
            models.Index(fields=["key"], name="exceptions_case_key"),
            models.Index(fields=["opened_at", "id"], name="exceptions_case_opened"),
            models.Index(fields=["opened_at", "id"], name="exceptions_case_open", condition=OPEN),
            models.Index(fields=["team", "opened_at", "id"], name="exceptions_case_team", condition=OPEN),
            # The orders of `apps.exceptions.looks`, within those of no incident and within those of one.
            models.Index(*GRAVEST_FIRST, name="exceptions_case_grave", condition=OPEN & Q(raises_at=None)),
            models.Index("team", *GRAVEST_FIRST, name="exceptions_case_team_grave", condition=OPEN & Q(raises_at=None)),
            models.Index("code", *GRAVEST_FIRST, name="exceptions_case_code_grave", condition=OPEN & Q(raises_at=None)),
            models.Index(*RAISED_FIRST, name="exceptions_case_raised", condition=OPEN & Q(raises_at__isnull=False)),
            models.Index(fields=["raises_at"], name="exceptions_case_raises", condition=OPEN & Q(raises_at__isnull=False)),
            models.Index(*MONEY_FIRST, name="exceptions_case_money", condition=OPEN),
            models.Index(fields=["escalates_to"], name="exceptions_case_given", condition=OPEN & Q(escalates_at__isnull=False)),
            models.Index(fields=["assignee", "opened_at", "id"], name="exceptions_case_assignee", condition=OPEN),
            models.Index(fields=["code", "partner", "opened_at"], name="exceptions_case_code", condition=OPEN),
            models.Index(fields=["incident"], name="exceptions_case_incident", condition=OPEN & Q(incident__isnull=False)),
            models.Index(fields=["cleared_at", "id"], name="exceptions_case_cleared", condition=Q(cleared_at__isnull=False)),
            models.Index(
                fields=["snoozed_until"], name="exceptions_case_snoozed", condition=OPEN & Q(snoozed_until__isnull=False)
            ),
            models.Index(fields=["resolved_at"], name="exceptions_case_by_hand", condition=Q(resolved_at__isnull=False)),
            models.Index(fields=["code", "opened_at"], name="exceptions_case_technical", condition=Q(handle="")),
            models.Index(
                fields=["escalates_at"], name="exceptions_case_escalates", condition=OPEN & Q(escalates_at__isnull=False)
            ),
        ]


class ActRow(models.Model):
    """A person's act on a case, under the key that the case belongs to. It stays when the case no longer exists."""

    pk = models.CompositePrimaryKey("key", "position")
    key = models.BinaryField(max_length=16)
    position = models.BigIntegerField()
    case = models.BinaryField(max_length=16)
    payload = models.BinaryField()

    class Meta:
        db_table = "exceptions_act"


class RejudgeRow(models.Model):
    """What is to be judged again, since a calendar, a commitment or a rule has changed: an order by its key, or by its id a
    case whose owner alone is to be found again. Both are digests of 16 bytes, and no two are alike."""

    key = models.BinaryField(primary_key=True, max_length=16)

    class Meta:
        db_table = "exceptions_rejudge"


class KnownRow(models.Model):
    """What was known after each hearing of an order (`apps.exceptions.steps`): a memory, which may be emptied at any moment."""

    key = models.BinaryField(primary_key=True, max_length=16)
    steps = models.BinaryField()

    class Meta:
        db_table = "exceptions_known"


class SubjectRow(models.Model):
    """What cases can be about that belong to no order (`subjects.names.Named`). `fires_at`: when only time will have changed
    something. Of a partner that can fall silent: its sources and sites, and the last quarter of an hour that was looked at."""

    key = models.BinaryField(primary_key=True, max_length=16)
    kind = models.TextField()
    value = models.TextField()
    issuer = models.TextField()
    sources = ArrayField(models.TextField(), default=list)
    sites = ArrayField(models.TextField(), default=list)
    heard_until = models.DateTimeField(null=True)
    fires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exceptions_subject"
        indexes = [
            models.Index(fields=["fires_at"], name="exceptions_subject_fires", condition=Q(fires_at__isnull=False)),
            models.Index(fields=["key"], name="exceptions_subject_silence", condition=Q(kind="silence")),
            # By a hash: a source may be longer than an index entry can be.
            HashIndex(fields=["issuer"], name="exceptions_subject_issuer", condition=Q(kind__in=["event", "sequence"])),
        ]


class SubjectFactRow(models.Model):
    """A fact about a subject whose facts are few, packed: a transfer's, a refusal and its replays; and each failure of a
    message to a partner, which is counted alone."""

    pk = models.CompositePrimaryKey("key", "position")
    key = models.BinaryField(max_length=16)
    position = models.BigIntegerField()
    name = models.TextField()
    heard_at = models.DateTimeField()
    payload = models.BinaryField()

    class Meta:
        db_table = "exceptions_subject_fact"
        indexes = [models.Index(fields=["key", "heard_at"], name="exceptions_subject_fact_heard")]


class SignalRow(models.Model):
    """A good or bad word about a subject (`subjects.signals.Signal`). `place` sorts them, byte by byte."""

    pk = models.CompositePrimaryKey("key", "position")
    key = models.BinaryField(max_length=16)
    position = models.BigIntegerField()
    place = models.TextField(db_collation="C")
    occurred_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    is_bad = models.BooleanField()
    message = models.TextField()
    partner = models.TextField(null=True)
    text = models.TextField()
    depth = models.BigIntegerField(null=True)
    age_seconds = models.BigIntegerField(null=True)

    class Meta:
        db_table = "exceptions_signal"
        indexes = [
            models.Index(fields=["key", "place"], name="exceptions_signal_bad", condition=Q(is_bad=True)),
            models.Index(fields=["key", "place"], name="exceptions_signal_good", condition=Q(is_bad=False)),
        ]


class HearingRow(models.Model):
    """That a source was heard in a quarter of an hour, and when first in it."""

    pk = models.CompositePrimaryKey("source", "slot")
    source = models.TextField()
    slot = models.DateTimeField()
    first_heard_at = models.DateTimeField()

    class Meta:
        db_table = "exceptions_hearing"


class NumberRow(models.Model):
    """Which of some numbers in a row a source gave its messages, and when each was heard (`subjects.shelves`). `key` is that of
    their block (`subjects.sequences`). `part` is 0; of what was put beside by who did not get the block's lock, its
    transaction."""

    pk = models.CompositePrimaryKey("key", "shelf", "part")
    key = models.BinaryField(max_length=16)
    shelf = models.BigIntegerField()
    part = models.BigIntegerField()
    payload = models.BinaryField()

    class Meta:
        db_table = "exceptions_number"


class AskRow(models.Model):
    """A subject that is to be judged again. `mark` keeps those who ask at once from waiting for each other."""

    pk = models.CompositePrimaryKey("key", "mark")
    key = models.BinaryField(max_length=16)
    mark = models.BigIntegerField()

    class Meta:
        db_table = "exceptions_ask"


class JobRow(models.Model):
    """An act on many cases that somebody asked for, worked in the background (`apps.exceptions.jobs`). `wish` is what to do,
    `filter` which cases (null: `numbers` are given). `numbers` are their ids, null before they are looked up and after the end.
    `results` are the rows that did not succeed, up to 1,000 of them; `problem` is why the whole of it failed. After
    `lease_until` nobody is at it any more, and whoever looks takes it up."""

    id = models.UUIDField(primary_key=True)
    who = models.TextField()
    wish = models.JSONField()
    filter = models.JSONField(null=True)
    visible_partner = models.TextField(null=True)
    numbers = ArrayField(models.BinaryField(max_length=16), null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField()
    total = models.IntegerField()
    done = models.IntegerField()
    succeeded = models.IntegerField()
    failed = models.IntegerField()
    results = models.JSONField()
    problem = models.TextField()

    class Meta:
        db_table = "exceptions_job"
        indexes = [
            models.Index(fields=["lease_until"], name="exceptions_job_waiting", condition=Q(finished_at__isnull=True)),
            models.Index(fields=["finished_at"], name="exceptions_job_finished", condition=Q(finished_at__isnull=False)),
        ]
