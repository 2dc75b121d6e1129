"""docs/exceptions.md, made from the catalogue: the types, what opens and clears each, who owns it, what to do next."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from apps.exceptions.cases import GRACE
from apps.exceptions.catalogue import REASONS, TEAMS, TYPES, ExceptionType
from apps.sla.commitments import DEFAULTS, MEASURES, Commitment

_STATES = (
    ("`new`", "opened, and nobody has looked at it"),
    ("`acknowledged`", "somebody has seen it, or it was given to somebody"),
    ("`in_progress`", "somebody has claimed it"),
    ("`waiting`", "waiting on the partner"),
    ("`snoozed`", "out of sight until a time"),
    ("`regressed`", "it was resolved and the condition is true again, or still, after the grace"),
    ("`resolved_verified`", "the evidence that was missing came"),
    ("`resolved_obsolete`", "cancelled, or corrected away"),
    ("`resolved_manual`", "closed by hand, with a reason"),
)


# What PRODUCT.md names, and no message of today can show.
_NOT_YET: Final = {
    "INVENTORY_VARIANCE": (
        "Snapshots of two systems are of two moments, and what moved between them is no variance: with positions and their "
        "reconciliation, as of one time and in one unit."
    ),
    "API_DEGRADED": (
        "The middleware tells of what failed, not of every attempt nor of how long one took, so that there is neither a rate "
        "nor a latency: with the spans and metrics that come by OTLP."
    ),
    "CONTRACT_SUNSET": (
        "Every contract has one version, and none has an end: with the life cycle of contract versions, and the envelope's "
        "`deprecation`."
    ),
}


def markdown() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Exceptions: every type"
    yield ""
    yield "Made by `manage.py exceptions --markdown`; do not edit. How they are found: [architecture.md](architecture.md)."
    yield ""
    yield from (
        "A case opens when its clock is due, or when the bad news is heard, and closes itself when the missing word comes. The",
        f"same condition again within {_length(GRACE)} regresses the case; later it opens a new episode. Owners are defaults:",
        "rules (type, partner, site, region, value) go before them, and are edited on the page Ownership.",
    )
    yield ""
    yield "| type | title | owner | severity |"
    yield "|---|---|---|---|"
    for each in TYPES.values():
        yield f"| [`{each.code}`](#{each.code.lower()}) | {each.title} | {TEAMS[each.team]} | {each.severity.name.lower()} |"
    yield ""
    yield "## States"
    yield ""
    yield "| state | means |"
    yield "|---|---|"
    yield from (f"| {state} | {meaning} |" for state, meaning in _STATES)
    yield ""
    yield "## Commitments by default"
    yield ""
    yield "Measured only where the stop milestone is sent at all. Commitments that people set go before these."
    yield ""
    yield "| measure | from, to | judged by | due | at risk | target | opens |"
    yield "|---|---|---|---|---|---:|---|"
    yield from (_commitment(each) for each in DEFAULTS)
    yield ""
    yield "## Reasons for closing by hand"
    yield ""
    yield "| reason | means |"
    yield "|---|---|"
    yield from (f"| `{code}` | {text} |" for code, text in REASONS.items())
    yield ""
    yield "## Types that nothing shows yet"
    yield ""
    yield "| type | why not, and what will show it |"
    yield "|---|---|"
    yield from (f"| `{code}` | {text} |" for code, text in _NOT_YET.items())
    for each in TYPES.values():
        yield from _type(each)


def _commitment(commitment: Commitment) -> str:
    measure = MEASURES[commitment.measure]
    word = {"elapsed": "", "business": " of opening hours", "carried": ""}[commitment.expectation]
    due = (
        f"by the order's `{measure.field}`"
        if commitment.expectation == "carried"
        else f"within {_length_of(commitment.seconds)}{word}"
    )
    cells = (
        measure.title,
        f"{measure.start} → {measure.stop}".replace("_", " "),
        f"what {commitment.basis}" if commitment.basis == "happened" else "what was heard",
        due,
        f"{_length_of(commitment.warning_seconds)} before",
        f"{commitment.target * 100:f} %".replace(".00 %", " %").replace("00 %", " %"),
        f"`{measure.opens}`",
    )
    return f"| {' | '.join(cells)} |"


def _type(each: ExceptionType) -> Iterator[str]:
    yield ""
    yield f"## {each.code}"
    yield ""
    about = f"About {_article(each.subject)} {each.subject}."
    yield f"**{each.title}.** {about} Owner: {TEAMS[each.team]}. Severity: {each.severity.name.lower()}."
    yield ""
    yield f"- Opens: {each.opens}"
    yield f"- Clears: {each.clears}"
    yield ""
    yield from (f"{number}. {step}" for number, step in enumerate(each.steps, start=1))


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _length(length: timedelta) -> str:
    return _length_of(int(length.total_seconds()))


def _length_of(seconds: int) -> str:
    """In its largest whole unit: `5 days`, `48 hours`, `15 minutes`."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= (2 * size if unit == "day" else size) and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
