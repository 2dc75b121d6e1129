"""`make soak`: attacks a system of its own, prints what happened as JSON, exit status 1 when a promise was broken.

It takes no arguments. The environment says how long and what: SOAK_MINUTES (10, of random attacks), SOAK_ROUNDS (3, of each
scenario), SOAK_RATE (150 events a second), SOAK_SEED (1), SOAK_SCENARIOS (all).
"""

import json
import os
import random
import shutil
import sys
import time
from dataclasses import dataclass, replace

import psutil

from soak import attack
from soak.fleet import Fleet
from soak.hosts import attack_fleet
from soak.load import Shape
from soak.network import NotPossible
from soak.promises import Verdict, check_whole
from soak.scenarios import ALL, at_random
from soak.system import Broken, Running, fresh_folder, take
from tests.whole_system import WholeSystem


@dataclass(frozen=True, slots=True)
class Wish:
    """What the environment asks for. The whole run is bounded by these."""

    minutes: float
    seed: int
    rounds: int
    rate: float
    only: tuple[str, ...]

    @classmethod
    def read(cls) -> "Wish":
        """Raises ValueError for what is no number, and for a scenario that there is none of."""
        names = tuple(os.environ.get("SOAK_SCENARIOS", "").replace(",", " ").split())
        if unknown := set(names) - {*ALL, "random", "hosts"}:
            raise ValueError(f"SOAK_SCENARIOS names {sorted(unknown)}; there are {', '.join((*ALL, 'random', 'hosts'))}.")
        return cls(
            minutes=float(os.environ.get("SOAK_MINUTES") or 10),
            seed=int(os.environ.get("SOAK_SEED") or 1),
            rounds=int(os.environ.get("SOAK_ROUNDS") or 3),
            rate=float(os.environ.get("SOAK_RATE") or 150),
            only=names,
        )

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def scenarios(running: Running, wish: Wish) -> dict[str, Verdict]:
    """Every scenario that is wished for on this one system, then the whole of it."""
    attacks = {name: (scenario.bound(wish.rounds), replace(scenario.shape, rate=wish.rate)) for name, scenario in ALL.items()}
    seconds = wish.minutes * 60
    attacks["random"] = (lambda case: at_random(case, random.Random(wish.seed), seconds), Shape(rate=wish.rate))
    verdicts = {}
    for number, (name, (function, shape)) in enumerate(attacks.items()):
        if wish.wants(name):
            say(f"soak: {name} …")
            verdicts[name] = told(attack.run(running.target, function, seed=wish.seed + number, shape=shape, running=running))
    verdicts["whole"] = told(check_whole(running.target))
    return verdicts


def told(verdict: Verdict) -> Verdict:
    say(f"soak:   {verdict.figures}")
    for sentence in verdict.broken:
        say(f"soak:   BROKEN: {sentence}")
    return verdict


def on_one_machine(wish: Wish) -> dict[str, Verdict]:
    system = WholeSystem(fresh_folder(), settings={"DISTSYNC_HELP_FROM": "1"})  # workers race for every message
    if port := os.environ.get("SOAK_PORT"):
        system.port = int(port)
    system.start()
    try:
        system.wait_until_ready()
        return scenarios(take(system), wish)
    finally:
        system.stop()
        shutil.rmtree(system.data.parent)


def on_several_hosts(wish: Wish) -> dict[str, Verdict]:
    """Left out, with the reason, where the machine has no network namespaces for us."""
    say("soak: hosts …")
    fleet = Fleet(fresh_folder())
    try:
        target = fleet.start()
        function = lambda case: attack_fleet(case, fleet, wish.rounds)  # noqa: E731 - it binds the fleet
        return {
            "hosts": told(attack.run(target, function, seed=wish.seed, shape=Shape(rate=wish.rate))),
            "hosts_whole": told(check_whole(target)),
        }
    except NotPossible as error:
        return {"hosts": told(Verdict({"left_out": str(error)}, []))}
    except Broken as error:
        return {"hosts": told(Verdict({}, [str(error)]))}
    finally:
        fleet.stop()
        shutil.rmtree(fleet.data.parent)


def main() -> int:
    if sys.argv[1:]:
        say(str(__doc__))
        return 0 if sys.argv[1:] == ["--help"] else 2
    try:
        wish = Wish.read()
    except ValueError as error:
        say(f"soak: {error}")
        return 2
    started = time.monotonic()
    verdicts = {} if set(wish.only) == {"hosts"} else on_one_machine(wish)
    if wish.wants("hosts"):
        verdicts |= on_several_hosts(wish)
    broken = [f"{name}: {sentence}" for name, verdict in verdicts.items() for sentence in verdict.broken]
    report = {
        "seed": wish.seed,
        "seconds": round(time.monotonic() - started),
        "processors": psutil.cpu_count(),
        "scenarios": {name: verdict.figures for name, verdict in verdicts.items()},
        "broken": broken,
    }
    print(json.dumps(report, indent=2))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
