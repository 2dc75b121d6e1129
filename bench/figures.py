"""Percentiles."""

from collections.abc import Sequence

SHARES = (50, 95, 99)


def percentile(ordered: Sequence[float], share: int) -> float:
    """The smallest of the ordered values that `share` percent of them do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest, in milliseconds; nothing of nothing."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    found = {f"p{share}": round(percentile(ordered, share) * 1e3, 2) for share in SHARES}
    return {**found, "max": round(ordered[-1] * 1e3, 2)}
