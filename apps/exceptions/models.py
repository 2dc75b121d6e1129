"""Tables of the exceptions room, all derived: `manage.py rebuild` makes them again from the log, people's acts included."""

from django.db import models
from django.db.models import Q

OPEN = Q(cleared_at__isnull=True)


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
            models.Index(fields=["opened_at", "id"], name="exceptions_case_open", condition=OPEN),
            models.Index(fields=["team", "opened_at", "id"], name="exceptions_case_team", condition=OPEN),
            models.Index(fields=["assignee", "opened_at", "id"], name="exceptions_case_assignee", condition=OPEN),
            models.Index(fields=["code", "partner", "opened_at"], name="exceptions_case_code", condition=OPEN),
            models.Index(fields=["incident"], name="exceptions_case_incident", condition=OPEN & Q(incident__isnull=False)),
            models.Index(fields=["cleared_at", "id"], name="exceptions_case_cleared", condition=Q(cleared_at__isnull=False)),
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
