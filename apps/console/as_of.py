"""A past moment, for any page with a history: which one is asked for, and the picker and banner that show it.

A view reads the question with `asked`, follows its `redirect`, tells its readers of its `problem`, shows what was known at its
`moment`, and gives the template `as_of`, the value of `shown` (`console/as_of.html` says where it goes).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from apps.console.times import Clock, Instant, duration
from apps.core.errors import Unreadable
from apps.core.paths import path_of
from apps.core.text import printable
from apps.core.time import lacks_zone, parse_time

PARAMETER = "as_of"
LEFT_OUT = frozenset({PARAMETER, "cursor"})  # a place in the list of one moment is none in that of another
NAMES_SHOWN = 3
NOTHING_SINCE = "Back to now: nothing has been heard since"


@dataclass(frozen=True, slots=True)
class Asked:
    """`moment` is None for now. `redirect`: the address of the same question with an absolute moment, so that it can be sent to
    somebody in another zone. `problem`: why it cannot be shown; then now is shown."""

    moment: datetime | None = None
    redirect: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The way to another moment; `title` says what is there."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """What the picker shows. `value`, `least` and `most` are wall-clock times in `zone`, `step` their precision in seconds;
    `kept` the page's other parameters. In the past also: `said` the moment, `heard` what was heard at it or before it, `place`
    among the moments at which something was heard, and the steps to those beside it (None at an end)."""

    path: str
    kept: tuple[tuple[str, str], ...]
    zone: str
    value: str
    least: str
    most: str
    step: int
    now_url: str
    is_past: bool = False
    said: str = ""
    instant: Instant | None = None
    has_steps: bool = False
    previous: Step | None = None
    next: Step | None = None
    place: str = ""
    heard: str = ""


def asked(request: HttpRequest, clock: Clock) -> Asked:
    """The moment that the address asks for. The picker sends a wall-clock time of the reader's zone, which is led on to the
    instant that it means: of one that comes twice the first, of one that the clocks skip the one an hour on."""
    text = request.GET.get(PARAMETER, "").strip()
    if not text:
        return Asked()
    is_local = lacks_zone(text)
    try:
        moment = _from_wall(text, clock) if is_local else parse_time(text)
        clock.local(moment)
    except (Unreadable, ValueError, OverflowError):
        return Asked(problem=f"“{printable(text, 40)}” is not a moment that can be shown. This is what is known now.")
    if moment > clock.now:
        return Asked(problem=f"{said(moment, clock)} is still to come. This is what is known now.")
    return Asked(redirect=address(request, moment)) if is_local else Asked(moment)


def address(request: HttpRequest, moment: datetime | None) -> str:
    """The page with its parameters, as of a moment; None: now."""
    parameters = _kept(request)
    if moment is not None:
        parameters += ((PARAMETER, text_of(moment)),)
    path = path_of(request)
    return f"{path}?{urlencode(parameters, safe=':')}" if parameters else path


def text_of(moment: datetime) -> str:
    """The moment as an address has it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shown(
    request: HttpRequest,
    moment: datetime | None,
    clock: Clock,
    hearings: Sequence[datetime] | None = None,
    heard: Sequence[str] = (),
) -> AsOf:
    """The picker, and in the past its banner. `clock` is the reader's, of today. `hearings`: the moments between which one can
    step, sorted, from now to the last of them and from that back to now; None where there are no steps. `heard`: what
    was heard at the very moment."""
    at = moment or clock.now
    is_exact = moment is not None and bool(at.second or at.microsecond)
    moments = hearings or ()
    frame = AsOf(
        path=path_of(request),
        kept=_kept(request),
        zone=clock.zone.key,
        value=_wall(at, is_exact=is_exact, clock=clock),
        least=_wall(moments[0].replace(second=0, microsecond=0), is_exact=is_exact, clock=clock) if moments else "",
        most=_wall(clock.now, is_exact=is_exact, clock=clock),
        step=1 if is_exact else 60,
        now_url=address(request, None),
        has_steps=hearings is not None,
        previous=_step(request, moments[before - 1], clock) if (before := bisect_left(moments, at)) else None,
    )
    if moment is None:
        return frame
    by_then = bisect_right(moments, moment)
    return replace(
        frame,
        is_past=True,
        said=said(moment, clock),
        instant=clock.instant(moment),
        next=_step(request, moments[by_then], clock) if by_then < len(moments) else Step(frame.now_url, NOTHING_SINCE),
        place=f"{by_then:,} of {len(moments):,}" if by_then else "",
        heard=_heard(moment, moments[:by_then], heard) if hearings is not None else "",
    )


def said(moment: datetime, clock: Clock) -> str:
    """`12 May 09:14`, to the second where that says more."""
    seconds = f":{moment:%S}" if moment.second or moment.microsecond else ""
    return clock.short(moment) + seconds


def _wall(moment: datetime, *, is_exact: bool, clock: Clock) -> str:
    """As the browser's picker writes a time: on the wall of the reader's zone, without that zone."""
    return clock.local(moment).replace(tzinfo=None).isoformat(timespec="seconds" if is_exact else "minutes")


def _from_wall(text: str, clock: Clock) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.zone).astimezone(UTC)


def _kept(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, values in request.GET.lists() if name not in LEFT_OUT for value in values)


def _step(request: HttpRequest, moment: datetime, clock: Clock) -> Step:
    return Step(address(request, moment), f"What was known when something was heard on {said(moment, clock)}")


def _heard(moment: datetime, by_then: Sequence[datetime], heard: Sequence[str]) -> str:
    """What was heard at the moment, else how long before it the last word came."""
    if not by_then:
        return "Nothing had been heard by then."
    if heard:
        different = list(dict.fromkeys(heard))
        rest = len(different) - NAMES_SHOWN
        return f"Heard at that moment: {', '.join(different[:NAMES_SHOWN])}{f' +{rest}' if rest > 0 else ''}."
    silence = moment - by_then[-1]
    return f"The last word had come {duration(silence)} before." if silence else ""
