"""Where words fit beside marks: placed in order of importance, never over each other, hidden where there is no room."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.console.words import middle

NARROW, WIDE = frozenset("iljtf.,:;'|!() I1"), frozenset("mwMWGOQ@%")
GAP = 7.0


def width_of(text: str, size: float = 11.5, *, bold: bool = False) -> float:
    """About how wide `text` is in Inter (a little generous, so that what fits here fits on the screen)."""
    em = sum(0.3 if sign in NARROW else 0.88 if sign in WIDE else 0.66 if sign.isupper() else 0.58 for sign in text)
    return em * size * (1.06 if bold else 1.0)


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    anchor: str  # start, middle or end
    text: str
    tone: str = ""


@dataclass(slots=True)
class Row:
    """One line of text: the intervals that are taken already."""

    y: float
    left: float
    right: float
    taken: list[tuple[float, float]] = field(default_factory=list)

    def fits(self, start: float, end: float) -> bool:
        if start < self.left or end > self.right:
            return False
        return all(end + GAP <= low or start >= high + GAP for low, high in self.taken)

    def take(self, start: float, end: float) -> None:
        self.taken.append((start, end))


ANCHORS = ("middle", "start", "end")
BOLD_TONES = frozenset({"late", "strong"})


def place(text: str, x: float, rows: Iterable[Row], *, tone: str = "", anchors: Iterable[str] = ANCHORS) -> Label | None:
    """The first free spot near `x`, by the order of `anchors`, row by row. None: there is no room."""
    width = width_of(text, bold=tone in BOLD_TONES)
    starts = {"middle": x - width / 2, "start": x - 4, "end": x + 4 - width}
    at = {"middle": x, "start": x - 4, "end": x + 4}
    for row in rows:
        for anchor in anchors:
            start = starts[anchor]
            if row.fits(start, start + width):
                row.take(start, start + width)
                return Label(round(at[anchor], 1), row.y, anchor, text, tone)
    return None


def fitted(text: str, room: float, size: float = 12.0, *, bold: bool = False) -> str:
    """The text, its middle left out as far as `room` asks: beginning and end tell identifiers apart."""
    shown = text
    for most in range(len(text) - 1, 5, -1):
        if width_of(shown, size, bold=bold) <= room:
            break
        shown = middle(text, most)
    return shown
