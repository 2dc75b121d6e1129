"""The summary of a run, for a person and for a script."""

from typing import Any

from apps.pipeline.ingest import Order, Summary
from apps.pipeline.ingest_kept import Reason

_SHOWN_REASONS = 12


def as_json(order: Order, summary: Summary) -> dict[str, Any]:
    kept = summary.kept
    return {
        "files": [str(path) for path in order.paths],
        "history": order.is_history,
        "dry_run": order.is_dry_run,
        "read": summary.read,
        "accepted": summary.accepted,
        "duplicates": summary.duplicates,
        "conflicts": summary.conflicts,
        "rejected": kept.rejected,
        "skipped": kept.skipped,
        "rejections": _listed(kept.rejections),
        "skips": _listed(kept.skips),
        "types": dict(sorted(summary.types.items())),
        "would_be_quarantined": dict(summary.unusable),
        "kept_in": str(kept.path) if kept.path else None,
        "seconds": round(summary.seconds, 3),
    }


def as_text(order: Order, summary: Summary) -> str:
    kept = summary.kept
    files = f"{len(order.paths)} file{'s' * (len(order.paths) != 1)}"
    head = f"{'Checked' if order.is_dry_run else 'Read'} {summary.read:,} events of {files} in {summary.seconds:.1f} s."
    lines = [head]
    if order.is_dry_run:
        lines += [f"  {count:>9,}  {type_}" for type_, count in sorted(summary.types.items())]
        lines += [
            f"  {count:>9,}  would be quarantined: {reason}" for reason, count in summary.unusable.most_common(_SHOWN_REASONS)
        ]
        lines.append("Nothing was loaded: this was a dry run.")
    else:
        lines += [
            f"  {summary.accepted:>9,}  accepted",
            f"  {summary.duplicates:>9,}  duplicates, there already",
            f"  {summary.conflicts:>9,}  conflicts, kept aside: the same id with other content",
        ]
    lines += _told(kept.rejected, "rejected", kept.rejections)
    lines += _told(kept.skipped, "skipped: rows, or parts of rows, that no event can tell", kept.skips)
    if kept.path:
        lines.append(f"Rejected and skipped pieces are kept in {kept.path}")
    return "\n".join(lines)


def _told(count: int, what: str, reasons: dict[str, Reason]) -> list[str]:
    if not count:
        return [f"  {0:>9,}  {what.split(':', maxsplit=1)[0]}"]
    often = sorted(reasons.items(), key=lambda item: -item[1].count)
    lines = [f"  {count:>9,}  {what}"]
    for reason, found in often[:_SHOWN_REASONS]:
        more = f" and {found.count - len(found.places):,} more" if found.count > len(found.places) else ""
        lines.append(f"  {found.count:>9,}    {reason} ({'; '.join(found.places)}{more})")
    if len(often) > _SHOWN_REASONS:
        lines.append(f"               … and {len(often) - _SHOWN_REASONS} further reasons")
    return lines


def _listed(reasons: dict[str, Reason]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": found.count, "places": found.places} for reason, found in reasons.items()]
