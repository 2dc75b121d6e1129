"""What the middleware tells of its own messages, queues and circuit breakers."""

from typing import Final

from apps.contracts.contract import MIDDLEWARE, Contract, event

_SENDERS: Final = ("middleware",)
_MESSAGE: Final = {"message": "MSG-5580121", "flow": "release-to-3pl", "partner": "northcold", "direction": "outbound"}

CONTRACTS: Final = (
    Contract(
        "message.failed",
        "Message failed",
        "The middleware could not deliver a message, and will try again.",
        _SENDERS,
        examples=(
            event(
                "message.failed",
                MIDDLEWARE,
                1,
                "2026-03-02T15:06:41Z",
                {
                    **_MESSAGE,
                    "attempt": 1,
                    "error": "503 from the partner's gateway",
                    "next_attempt_at": "2026-03-02T15:07:41Z",
                    "order": "SO-104233",
                },
            ),
        ),
    ),
    Contract(
        "message.retried",
        "Message retried",
        "The middleware has tried again to deliver a message.",
        _SENDERS,
        examples=(event("message.retried", MIDDLEWARE, 1, "2026-03-02T15:07:41Z", {**_MESSAGE, "attempt": 2}),),
    ),
    Contract(
        "message.delivered",
        "Message delivered",
        "The partner has taken a message from the middleware, or the middleware one from the partner.",
        _SENDERS,
        examples=(event("message.delivered", MIDDLEWARE, 1, "2026-03-02T15:07:42Z", {**_MESSAGE, "attempt": 2}),),
    ),
    Contract(
        "message.dead_lettered",
        "Message dead-lettered",
        "The middleware has given a message up: a person has to look at it.",
        _SENDERS,
        examples=(
            event(
                "message.dead_lettered",
                MIDDLEWARE,
                1,
                "2026-03-02T18:07:41Z",
                {**_MESSAGE, "message": "MSG-5580199", "attempt": 8, "error": "Unknown ship-to address", "order": "SO-104250"},
            ),
        ),
    ),
    Contract(
        "queue.measured",
        "Queue measured",
        "The middleware tells how many messages wait in a queue.",
        _SENDERS,
        examples=(
            event(
                "queue.measured",
                MIDDLEWARE,
                1,
                "2026-03-02T15:10:00Z",
                {"queue": "northcold-outbound", "depth": 17, "oldest_age_seconds": "88.5"},
            ),
        ),
    ),
    Contract(
        "circuit.changed",
        "Circuit changed",
        "The middleware's circuit breaker towards a partner has changed its state.",
        _SENDERS,
        descriptions={"state": "open: nothing is sent to the partner; half_open: a trial is under way; closed: all is well."},
        examples=(
            event(
                "circuit.changed",
                MIDDLEWARE,
                1,
                "2026-03-02T15:08:00Z",
                {"partner": "northcold", "state": "open", "reason": "Five failures in a row."},
            ),
        ),
    ),
)
