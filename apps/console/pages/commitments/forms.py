"""The form of a commitment: what its fields hold of a commitment, and the commitment that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from apps.console.access import Reader
from apps.console.pages.rules.entries import Form, local_text, moment_in, seconds_of, share_of, since_of
from apps.console.pages.rules.saying import in_unit, length
from apps.console.times import Clock
from apps.core.errors import Unreadable
from apps.exceptions.changes import as_text
from apps.sla.commitments import LONGEST_BUSINESS_SECONDS, LONGEST_SECONDS, MEASURES, Commitment, Match

MATCHES: Final = tuple(Match.__struct_fields__)
FIELDS: Final = (
    "name",
    "measure",
    "is_measured",
    "expectation",
    "seconds",
    "seconds_unit",
    "warning_seconds",
    "warning_seconds_unit",
    "basis",
    "target",
    "from",
    "from_time",
    "until",
    "reason",
    "seen",
    *MATCHES,
)


@dataclass(frozen=True, slots=True)
class Expectation:
    code: str
    word: str
    help: str


def expectations(measure: str) -> list[Expectation]:
    """What a commitment of that measure can count by."""
    found = [
        Expectation("elapsed", "Elapsed time", "Nights, weekends and holidays count."),
        Expectation("business", "Opening hours", "Only while the site (else the partner) is open, by its calendar."),
    ]
    if field := MEASURES[measure].field:
        date = "ship-by" if field == "ship_by" else "promised date"
        more = " Without one, the next cut-off of the site decides." if field == "ship_by" else ""
        found.append(Expectation("carried", f"The order's {date}", f"The date that the order brings.{more}"))
    return found


def blank(measure: str, default: Commitment) -> dict[str, str]:
    """The fields of a new commitment: as the default promises."""
    return entered(default, None) | {"name": "", "measure": measure, "from": "now", "seen": "0"}


def entered(commitment: Commitment, clock: Clock | None) -> dict[str, str]:
    """The fields that say what the commitment says; it is to hold from now on."""
    seconds, unit = in_unit(commitment.seconds)
    warning, warning_unit = in_unit(commitment.warning_seconds)
    match = {name: getattr(commitment.match, name) or "" for name in MATCHES}
    ends = commitment.effective_to
    return match | {
        "name": commitment.name,
        "measure": commitment.measure,
        "is_measured": "yes" if commitment.is_measured else "no",
        "expectation": commitment.expectation,
        "seconds": seconds,
        "seconds_unit": unit,
        "warning_seconds": warning,
        "warning_seconds_unit": warning_unit,
        "basis": commitment.basis,
        "target": f"{(commitment.target * Decimal(100)).normalize():f}",
        "from": "now",
        "from_time": "",
        "until": local_text(ends, clock) if clock and ends and ends > clock.now else "",
        "reason": "",
    }


def posted(form: Mapping[str, str]) -> dict[str, str]:
    """The fields as they came, those of the form alone."""
    return {name: form.get(name, "") for name in FIELDS}


def value_of(form: Form, reader: Reader) -> dict[str, Any]:
    """The commitment that the fields make, as `set_commitment` takes it. Raises Unreadable, which names the field."""
    clock, until = reader.clock, form.get("until", "").strip()
    value: dict[str, Any] = {
        "measure": form["measure"],
        "match": {name: text for name in MATCHES if (text := form.get(name, "").strip())},
        "is_measured": form.get("is_measured") != "no",
        "effective_from": as_text(since_of(form, clock)),
    }
    if until:
        value["effective_to"] = as_text(moment_in(until, clock.zone, "until"))
    if not value["is_measured"]:
        return value
    expectation = form.get("expectation", "")
    seconds, warning = seconds_of(form, "seconds"), seconds_of(form, "warning_seconds")
    _check_lengths(expectation, seconds, warning)
    return value | {
        "expectation": expectation,
        "basis": form.get("basis", ""),
        "seconds": seconds,
        "warning_seconds": warning,
        "target": share_of(form, "target"),
    }


def _check_lengths(expectation: str, seconds: int, warning: int) -> None:
    """The same bounds as a commitment's own reading has, said in the words of the form."""
    most = LONGEST_BUSINESS_SECONDS if expectation == "business" else LONGEST_SECONDS
    if not seconds and expectation != "carried":
        raise Unreadable("`seconds`: give a time of a second at least.")
    if seconds > most:
        raise Unreadable(f"`seconds`: at most {length(most)}{' of opening hours' if expectation == 'business' else ''}.")
    if warning > (LONGEST_SECONDS if expectation == "carried" else seconds):
        raise Unreadable("`warning_seconds`: it cannot be at risk before it has begun: give a shorter time.")
