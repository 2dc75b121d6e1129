"""What the acts in the log amount to: the audit log, and the settings in force. Both come again from the log."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Upper

from apps.acts.types import SETTING_PUT, SETTING_REMOVE


class AuditRow(models.Model):
    """One act: what lists filter by, the sentence that is searched, and what else it says (`detail`)."""

    position = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    who = models.TextField()
    kind = models.TextField()
    order = models.TextField()
    subject = models.TextField()
    case_id = models.TextField()
    summary = models.TextField()
    detail = models.JSONField()

    class Meta:
        db_table = "acts_audit"
        indexes = [
            models.Index(fields=["at", "position"], name="acts_audit_at"),
            models.Index(fields=["who", "at", "position"], name="acts_audit_who"),
            models.Index(fields=["kind", "at", "position"], name="acts_audit_kind"),
            # By a hash: a handle may be longer than an index entry can be.
            models.Index(Func(F("order"), Value(0), function="hashtextextended"), "at", "position", name="acts_audit_order"),
            models.Index(
                KeyTextTransform("setting", "detail"),
                KeyTextTransform("name", "detail"),
                "position",
                name="acts_audit_setting",
                condition=Q(kind__in=[SETTING_PUT, SETTING_REMOVE]),
            ),
            GinIndex(OpClass(Upper("summary"), name="gin_trgm_ops"), name="acts_audit_summary"),
        ]


class SettingRow(models.Model):
    """What the last act about a setting says. `value` is null once it was removed: the row keeps an older act that
    comes later from bringing it back."""

    pk = models.CompositePrimaryKey("kind", "name")
    kind = models.TextField()
    name = models.TextField()
    value = models.JSONField(null=True)
    position = models.BigIntegerField()
    at = models.DateTimeField()
    who = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "acts_setting"
