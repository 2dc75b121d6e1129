"""What depends on now, as SQL over `exceptions_case AS c`: the twin of `cases.state_at` and `rows.severity_at`; a test holds
them together. Parameters are named: `now`, and what `MEASURED` needs."""

from typing import Final

STATE: Final = """CASE
    WHEN c.cleared_at <= %(now)s THEN CASE c.cleared WHEN 'verified' THEN 'resolved_verified' ELSE 'resolved_obsolete' END
    WHEN c.resolved_at IS NOT NULL
        THEN CASE WHEN %(now)s < c.resolved_at + interval '24 hours' THEN 'resolved_manual' ELSE 'regressed' END
    WHEN %(now)s < c.snoozed_until THEN 'snoozed'
    ELSE c.worked END"""
IS_OPEN: Final = """(c.cleared_at IS NULL OR c.cleared_at > %(now)s)
    AND (c.resolved_at IS NULL OR c.resolved_at + interval '24 hours' <= %(now)s)"""
# When a case was resolved, by evidence or by hand: the twin of `queries.Case.resolved_at`; when it opened while it is open.
RESOLVED_AT: Final = f"""CASE
    WHEN c.cleared_at <= %(now)s THEN c.cleared_at
    WHEN {STATE} = 'resolved_manual' THEN c.resolved_at
    ELSE c.opened_at END"""
TEAM: Final = "CASE WHEN c.escalates_at <= %(now)s THEN c.escalates_to ELSE c.team END"
# TEAM = team, such that the indexes on either column can be used.
OF_TEAM: Final = """(c.team = %(team)s AND (c.escalates_at IS NULL OR c.escalates_at > %(now)s)
    OR c.escalates_to = %(team)s AND c.escalates_at <= %(now)s)"""
SEVERITY: Final = "least(c.severity + (c.raises_at IS NOT NULL AND c.raises_at <= %(now)s)::int, 4)"

# A clock's case is shown only where its stop milestone is sent at all: by that partner, or by anybody.
MEASURED: Final = """(c.measure = '' OR (c.measure, c.sender) IN (
    SELECT * FROM unnest(%(measures)s::text[], %(senders)s::text[])))"""
