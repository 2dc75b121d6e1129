"""A part that is interrupted comes back at once; one that cannot run is given up."""

from distsync.stack.restarts import LIMIT, WINDOW_SECONDS, Restarts


def test_waits_twice_as_long_each_time_and_then_gives_up() -> None:
    restarts = Restarts(lambda: 0.0)
    assert [restarts.delay_after_death("web") for _ in range(LIMIT + 1)] == [0.25, 0.5, 1.0, 2.0, 4.0, None]


def test_counts_each_part_apart() -> None:
    restarts = Restarts(lambda: 0.0)
    assert [restarts.delay_after_death(name) for name in ("web", "worker", "web")] == [0.25, 0.25, 0.5]


def test_forgets_what_is_long_ago() -> None:
    now = 0.0
    restarts = Restarts(lambda: now)
    for _ in range(LIMIT):
        restarts.delay_after_death("web")
    now = WINDOW_SECONDS
    assert restarts.delay_after_death("web") == 0.25
