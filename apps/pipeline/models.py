"""Derived tables of the pipeline: what could not be used, and why."""

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
