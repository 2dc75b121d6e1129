"""The attacks by name. Each says what it does in its docstring, and fails when it could not do it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from soak import faults
from soak.attack import Attack
from soak.load import Shape
from soak.system import end, wait_until

BROKER_SECONDS = 5.0  # law 5
RESTS_SECONDS = (0.5, 4.0)
START_SECONDS = 60.0
RACE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """An attack and the load that it needs. `rounds` is how often its faults are repeated."""

    attack: Callable[[Attack, int], None]
    shape: Shape = field(default_factory=Shape)

    def bound(self, rounds: int) -> Callable[[Attack], None]:
        return lambda attack: self.attack(attack, rounds)


def workers_killed(attack: Attack, rounds: int) -> None:
    """SIGKILL in the middle of a batch: the pool's processes, then the main process with them."""
    for _ in range(rounds):
        attack.strike("kill -9 of the pool", lambda: faults.kill_workers_children(attack))
        attack.strike("kill -9 of the worker", lambda: faults.kill_worker(attack), kills="worker")
    if not attack.server_log.cut_off():
        attack.broken.append("no batch was cut off in the middle: the kills proved nothing")


def workers_race(attack: Attack, rounds: int) -> None:
    """A second worker beside the first, on few orders with many events each, so that batches meet on the same orders."""
    second = attack.system.second_worker()
    try:
        drains = wait_until(lambda: _both(attack), START_SECONDS, "the second worker did not take work")
        time.sleep(RACE_SECONDS * rounds)
    finally:
        end(second)
    attack.notes["drains"] = drains
    if attack.watch.most_at_once < 2:
        attack.broken.append("two batches were never open at once: nothing raced")


def _both(attack: Attack) -> dict[str, int] | None:
    """How many drains each worker has taken, once both have."""
    taken = attack.system.drains()
    return taken if len(taken) == 2 and all(taken.values()) else None


def broker_lost(attack: Attack, rounds: int) -> None:
    """Valkey flushed, and killed and started again empty, while events flow."""
    attack.longest_seconds = BROKER_SECONDS
    attack.unharmed = [attack.system.part("worker"), *attack.system.family("worker")]
    for _ in range(rounds):
        for name, fault, part in (("FLUSHALL", faults.flush_broker, ""), ("kill -9 of Valkey", faults.kill_broker, "valkey")):
            done = attack.strike(name, lambda fault=fault: fault(attack), kills=part)
            if done.visible_again_seconds > BROKER_SECONDS:
                attack.broken.append(f"after {name} work resumed in {done.visible_again_seconds} s, not {BROKER_SECONDS} s")
        time.sleep(2.0)
    _check_refusals(attack, 0)


def database_restarted(attack: Attack, rounds: int) -> None:
    """PostgreSQL restarted fast, and its postmaster killed with -9, while events flow: 503 with Retry-After meanwhile."""
    for _ in range(rounds):
        attack.strike("fast restart of PostgreSQL", lambda: faults.restart_database(attack), kills="postgres")
        attack.strike("kill -9 of the postmaster", lambda: faults.kill_database(attack), kills="postgres")
    _check_refusals(attack, 1)


def web_killed(attack: Attack, rounds: int) -> None:
    """The web process killed with -9, one of its children, reloaded and ended in order, under load."""
    for _ in range(rounds):
        attack.strike("kill -9 of a web child", lambda: faults.kill_web_child(attack))
        attack.strike("kill -9 of the web process", lambda: faults.kill_web(attack), kills="web")
        attack.strike("graceful reload of web", lambda: faults.reload_web(attack))
        if rounds > 1:  # the short form bears one cold start of web
            attack.strike("graceful stop of web", lambda: faults.stop_web(attack), kills="web")


def _check_refusals(attack: Attack, at_least: int) -> None:
    """How often the door refused with 503, which the attack either must see or must not."""
    refused = attack.load.ledger.outcomes["503"]
    if at_least and refused < at_least:
        attack.broken.append("the door never answered 503: the database was not missed, and nothing was proved")
    if not at_least and (refused or attack.load.ledger.outcomes["no answer"]):
        attack.broken.append(f"the doors depend on the broker: {dict(attack.load.ledger.outcomes)}")


ALL: dict[str, Scenario] = {
    "workers_killed": Scenario(workers_killed),
    "workers_race": Scenario(workers_race, Shape(orders_at_once=4, allocations=30)),
    "broker_lost": Scenario(broker_lost),
    "database_restarted": Scenario(database_restarted),
    "web_killed": Scenario(web_killed),
}

# What the random attack draws from: a name, what is done, which part dies of it.
AT_RANDOM: tuple[tuple[str, Callable[[Attack], None], str], ...] = (
    ("kill -9 of the pool", faults.kill_workers_children, ""),
    ("kill -9 of the worker", faults.kill_worker, "worker"),
    ("graceful stop of the worker", faults.stop_worker, "worker"),
    ("FLUSHALL", faults.flush_broker, ""),
    ("kill -9 of Valkey", faults.kill_broker, "valkey"),
    ("fast restart of PostgreSQL", faults.restart_database, "postgres"),
    ("kill -9 of the postmaster", faults.kill_database, "postgres"),
    ("kill -9 of a web child", faults.kill_web_child, ""),
    ("kill -9 of the web process", faults.kill_web, "web"),
    ("graceful reload of web", faults.reload_web, ""),
    ("graceful stop of web", faults.stop_web, "web"),
)


def at_random(attack: Attack, dice: random.Random, seconds: float) -> None:
    """Faults drawn by `dice`, one in four together with a second one, for `seconds`, while a second worker races."""
    second = attack.system.second_worker()
    try:
        wait_until(lambda: _both(attack), START_SECONDS, "the second worker did not take work")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            chosen = [_draw(attack, dice) for _ in range(2 if dice.random() < 0.25 else 1)]
            attack.strike(" + ".join(name for name, _ in chosen), lambda chosen=chosen: [fault(attack) for _, fault in chosen])
            time.sleep(dice.uniform(*RESTS_SECONDS))
        if second.poll() is not None:
            attack.broken.append(f"the second worker, which nobody touched, ended with {second.returncode}")
    finally:
        end(second)


def _draw(attack: Attack, dice: random.Random) -> tuple[str, Callable[[Attack], None]]:
    """One fault, of none that would make the supervisor give a part up."""
    name, fault, part = wait_until(
        lambda: dice.choice([each for each in AT_RANDOM if not each[2] or attack.bears(each[2])]), 1, "nothing is left"
    )
    attack.deaths[part].append(time.monotonic())
    return name, fault
