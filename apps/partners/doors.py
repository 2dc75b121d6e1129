"""The doors that a credential may be let through, by the names that `manage.py source create --door` takes."""

DOORS = ("events", "otlp", "epcis", "edi", "hooks", "ingest")
