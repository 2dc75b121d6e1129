"""The closed sets of words that answers hold and filters take, in CONTRACT's order."""

STATUSES = (
    "heard",
    "placed",
    "validated",
    "partially_allocated",
    "allocated",
    "partially_released",
    "released",
    "partially_shipped",
    "shipped",
    "partially_delivered",
    "delivered",
    "cancelled",
    "rejected",
)
OVERLAYS = ("on_hold", "backordered", "late", "at_risk", "partially_cancelled")
MONEY = ("none", "not_posted", "partially_posted", "posted", "partially_invoiced", "invoiced", "credited")
LEG_STATUSES = (
    "planned",
    "released",
    "acknowledged",
    "picked",
    "packed",
    "partially_shipped",
    "shipped",
    "delivered",
    "rejected",
    "cancelled",
)
# The states of messages that belong to an order or are about to; the rest is the integration team's business.
MATCHED_STATES = ("pending", "applied")
UNMATCHED_STATES = ("unmatched", "ambiguous", "quarantined", "conflict")
MESSAGE_STATES = MATCHED_STATES + UNMATCHED_STATES
SEVERITIES = ("low", "medium", "high", "critical")
JOB_STATES = ("queued", "running", "done", "failed")
