"""In the sandbox's busy world a partner is silent for too long just where it is away for more than four of its open hours."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.demo import seeding
from apps.demo.world.conditions import Spell
from apps.demo.world.faults import FAULTS
from apps.demo.world.network import WAREHOUSES
from apps.demo.world.programme import Plan, Programme
from apps.demo.world.stream import stream
from apps.exceptions.subjects.conditions import Gap, due_by, silence
from apps.exceptions.subjects.hearings import merged
from apps.sla.calendars import open_seconds
from apps.sla.policy import policy_of
from apps.sla.settings_reading import calendar_versions

BEGAN = datetime(2026, 3, 2, 5, tzinfo=UTC)
RATES = {fault.code: min(fault.most, 8 * fault.rate) for fault in FAULTS}
THRESHOLD_SECONDS = 4 * 3_600
POLICY = policy_of({("calendar", f"site:{each.site}"): seeding._calendar(each.hours) for each in WAREHOUSES}, "UTC")
# By hand: a working day away, an hour, a night.
OUTAGES = [
    Spell("/northstar/wms", BEGAN + timedelta(days=2, hours=8), BEGAN + timedelta(days=2, hours=16)),
    Spell("/bluedock/wms", BEGAN + timedelta(days=2, hours=12), BEGAN + timedelta(days=2, hours=13)),
    Spell("/polaris/wms", BEGAN + timedelta(days=3, hours=19), BEGAN + timedelta(days=4, hours=4)),
]


@pytest.mark.parametrize("seed", [1, 2])
def test_silences_are_the_long_outages(seed: int) -> None:
    programme = Programme(Plan(seed, BEGAN, 8, 1_600), RATES, outages=OUTAGES)
    until = programme.plan.born_at
    told = [(each.word.source, each.at) for each in stream(programme, BEGAN - timedelta(days=1), until)]
    found, expected = [], []
    for warehouse in WAREHOUSES:
        slots = merged(pair for pair in told if pair[0] == warehouse.source)
        nexts = [(at, source) for source, _, at in slots[1:]]
        gaps = [Gap(slot, *after) for (_, slot, _), after in zip(slots, nexts, strict=False)] + [Gap(slots[-1][1])]
        due = due_by(POLICY, warehouse.partner, [warehouse.site], THRESHOLD_SECONDS)
        quiet = silence(warehouse.partner, gaps, due, until)
        found += [(warehouse.source, span.opened_at.date()) for span in (quiet.course.spans if quiet.course else ())]
        (version,) = calendar_versions(seeding._calendar(warehouse.hours))
        for spell in programme.conditions.spells("outage", BEGAN, until):
            away = open_seconds(version.calendar, spell.since, min(spell.until, until))
            if spell.source == warehouse.source and away > THRESHOLD_SECONDS:
                expected.append((spell.source, spell.until.date()))
    assert found == expected
    assert ("/northstar/wms", OUTAGES[0].until.date()) in found
