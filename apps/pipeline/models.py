"""Tables of the pipeline: what could not be used, and why (derived from the log); and how the pipeline does (measured as
it runs, so not derived from anything: a rebuild leaves it alone)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class QuarantineRow(models.Model):
    """A message that could not be translated: kept in the log, shown with the reason, replayed when that is mended."""

    position = models.BigIntegerField(primary_key=True)
    code = models.TextField()
    reason = models.TextField()
    source = models.TextField()
    type = models.TextField()

    class Meta:
        db_table = "pipeline_quarantine"
        indexes = [models.Index(fields=["code", "-position"], name="pipeline_quarantine_code")]


class SourceTallyRow(models.Model):
    """What a source sent and had worked in the `step_seconds` from `starts_at` on. `freshness` is a Histogram's counts.

    What could not be read names no source: `source` is empty then, and `credential` says who sent it. With both empty
    the row holds the sources beyond those that one process tells apart.
    """

    pk = models.CompositePrimaryKey("step_seconds", "starts_at", "source", "credential")
    step_seconds = models.IntegerField()
    starts_at = models.DateTimeField()
    source = models.TextField()
    credential = models.TextField()
    accepted = models.BigIntegerField()
    duplicates = models.BigIntegerField()
    conflicts = models.BigIntegerField()
    rejected = models.BigIntegerField()
    worked = models.BigIntegerField()
    quarantined = models.BigIntegerField()
    freshness = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "pipeline_source_tally"


class WorkerTallyRow(models.Model):
    """What a worker process did in the `step_seconds` from `starts_at` on. `freshness` and `batch_seconds`: histograms."""

    pk = models.CompositePrimaryKey("step_seconds", "starts_at", "worker")
    step_seconds = models.IntegerField()
    starts_at = models.DateTimeField()
    worker = models.TextField()
    batches = models.BigIntegerField()
    worked = models.BigIntegerField()
    quarantined = models.BigIntegerField()
    busy_seconds = models.FloatField()
    freshness = ArrayField(models.BigIntegerField())
    batch_seconds = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "pipeline_worker_tally"


class BacklogRow(models.Model):
    """The pending work as it was looked at in the `step_seconds` from `starts_at` on: the most, and the last."""

    pk = models.CompositePrimaryKey("step_seconds", "starts_at")
    step_seconds = models.IntegerField()
    starts_at = models.DateTimeField()
    most_pending = models.BigIntegerField()
    last_pending = models.BigIntegerField()
    oldest_seconds = models.FloatField()
    sampled_at = models.DateTimeField()

    class Meta:
        db_table = "pipeline_backlog"


class WorkerRow(models.Model):
    """A worker process by its name. One that ended in order has `stopped_at`; one that just falls silent has not."""

    name = models.TextField(primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "pipeline_worker"
