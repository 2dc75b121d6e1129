"""Which stories are told: as history once, and live for as long as the feed runs. The same seed tells the same."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from apps.demo import stories, stories_of_messages, stories_of_trouble
from apps.demo.telling import Tale, Told, in_order

Story = Callable[[Tale], None]

# How long before the sample's beginning each story begins, in hours.
HISTORY: tuple[tuple[Story, float], ...] = (
    (stories.delivered, 118),
    (stories.delivered, 110),
    (stories.delivered, 96),
    (stories.delivered, 82),
    (stories.delivered, 71),
    (stories.delivered, 60),
    # These go on while the sample runs.
    (stories.delivered, 41),
    (stories.delivered, 30),
    (stories.delivered, 16),
    (stories.delivered, 6),
    (stories.delivered, 2.5),
    (stories.cold_chain_beside_dry, 34),
    (stories.cold_chain_beside_dry, 8),
    (stories.returned, 60),
    (stories.cold_chain_beside_dry, 108),
    (stories.cold_chain_beside_dry, 76),
    (stories.three_legs_one_missing, 120),
    (stories.backordered, 64),
    (stories.backordered, 30),
    (stories.partial_shipments, 112),
    (stories.changed, 55),
    (stories.returned, 119),
    (stories.on_its_way, 27),
    (stories.on_its_way, 22),
    (stories.picked, 9),
    (stories.picked, 7),
    (stories.released_and_silent, 26),
    (stories.released_and_silent, 3),
    (stories.allocated, 2),
    (stories.just_placed, 1),
    (stories_of_trouble.held_then_released, 66),
    (stories_of_trouble.held, 21),
    (stories_of_trouble.refused, 44),
    (stories_of_trouble.cancelled, 52),
    (stories_of_trouble.cancelled_in_part, 90),
    (stories_of_trouble.cancelled_and_shipped_all_the_same, 36),
    (stories_of_trouble.rejected_and_released_elsewhere, 86),
    (stories_of_trouble.short_shipped, 58),
    (stories_of_trouble.over_shipped, 47),
    (stories_of_trouble.invoice_held_then_released, 104),
    (stories_of_trouble.invoice_held, 33),
    (stories_of_trouble.posted_and_invoiced_late, 115),
    (stories_of_trouble.shipped_and_never_posted, 80),
    (stories_of_trouble.delivery_failed, 98),
    (stories_of_messages.late_word, 40),
    (stories_of_messages.out_of_order, 50),
    (stories_of_messages.twice_and_thrice, 88),
    (stories_of_messages.same_id_other_content, 18),
    (stories_of_messages.clock_skew, 12),
    (stories_of_messages.contested_leg, 28),
    (stories_of_messages.heard_of_only, 62),
    (stories_of_messages.nobodys_shipment, 14),
    (stories_of_messages.unknown_type, 16),
    (stories_of_messages.broken, 15),
)
# Told live in turn; the ordinary ones more often.
LIVE: tuple[Story, ...] = (
    stories.delivered,
    stories.cold_chain_beside_dry,
    stories.delivered,
    stories_of_trouble.short_shipped,
    stories.delivered,
    stories.backordered,
    stories_of_trouble.held_then_released,
    stories.delivered,
    stories.partial_shipments,
    stories_of_trouble.rejected_and_released_elsewhere,
    stories.delivered,
    stories_of_trouble.cancelled,
    stories.cold_chain_beside_dry,
    stories.returned,
)
FIRST_HISTORY_NUMBER = 10_001
FIRST_LIVE_NUMBER = 20_001


def history(seed: int, born_at: datetime) -> list[Told]:
    """Everything that was heard before the sample's beginning, and what its open stories have still to say after it."""
    return in_order(
        tell(story, seed, FIRST_HISTORY_NUMBER + place, born_at - timedelta(hours=hours), is_live=False)
        for place, (story, hours) in enumerate(HISTORY)
    )


def live_story(seed: int, number: int, starts_at: datetime) -> Tale:
    """The story of the live order of that number."""
    story = LIVE[(number - FIRST_LIVE_NUMBER) % len(LIVE)]
    return tell(story, seed, number, starts_at, is_live=True)


def tell(story: Story, seed: int, number: int, starts_at: datetime, *, is_live: bool) -> Tale:
    tale = Tale(f"SO-{number}", starts_at, random.Random(f"{seed}/{number}"), is_live)  # noqa: S311 - a sample, no secret
    story(tale)
    return tale
