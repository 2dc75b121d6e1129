"""The types of exceptions that are about no order: partners that are silent, queues that grow, messages that nobody can use."""

from typing import Final

from apps.exceptions.kinds import ExceptionType, Severity, type_

_, MEDIUM, HIGH, CRITICAL = Severity

OF_THE_INTEGRATION: Final[tuple[ExceptionType, ...]] = (
    type_(
        "PARTNER_SILENT",
        "Partner silent",
        "integration",
        CRITICAL,
        "partner",
        "Nothing is heard from any of the partner's sources for too long while it is open.",
        "Any message of the partner is heard.",
        "See whether the circuit to the partner is open, or its credential has expired.",
        "Call the partner's integration contact; tell partner operations that its orders are blind.",
    ),
    type_(
        "CIRCUIT_OPEN",
        "Circuit open",
        "integration",
        CRITICAL,
        "partner",
        "The middleware stops calling the partner: its circuit breaker is open.",
        "The middleware says that it is closed again.",
        "Read why it opened, and see whether the partner's own status page tells of an outage.",
        "When it closes, watch the queue drain, and replay what was dead-lettered meanwhile.",
    ),
    type_(
        "QUEUE_BACKLOG",
        "Queue backlog",
        "integration",
        HIGH,
        "queue",
        "More messages wait in a queue, or wait longer, than its threshold allows.",
        "A later measure is under the threshold again.",
        "See whether its consumer runs, and whether one message blocks the others.",
        "Add consumers, or set the blocking message aside.",
    ),
    type_(
        "DEAD_LETTER",
        "Dead letter",
        "integration",
        HIGH,
        "message",
        "A message cannot be used: the middleware has given it up, or nobody here can read it.",
        "It is delivered after all, or replayed and used.",
        "Read why it failed.",
        "Mend the mapping or the sender, then replay it.",
    ),
    type_(
        "CONTRACT_VIOLATION",
        "Contract broken",
        "integration",
        MEDIUM,
        "event",
        "The content of a message breaks the contract of its type.",
        "It is replayed and used.",
        "Compare the field that is named with the contract.",
        "Have the sender correct it and send it again, or mend the mapping and replay.",
    ),
    type_(
        "SEQUENCE_GAP",
        "Messages missing",
        "integration",
        MEDIUM,
        "block of numbers",
        "A source that numbers its messages has skipped numbers, and they have not come in time (15 minutes).",
        "The missing numbers are heard, in whatever order.",
        "Ask the sender what it has sent under these numbers, and see whether a door has refused them.",
        "Have it send them again; what was sent twice does no harm.",
    ),
)
