"""Several hosts: a worker is cut off in the middle of a batch, another parted from the broker alone; both are healed."""

import signal
import time

from soak.attack import Attack
from soak.faults import kill
from soak.fleet import Fleet
from soak.scenarios import BROKER_SECONDS
from soak.system import Broken, wait_until
from soak.watch import Batch, wait_for_batch

FREED_SECONDS = 20.0  # the connections promise 13: more would be rows locked by somebody who is not there
TAKEN_OVER_SECONDS = 5.0
PARTED_SECONDS = 15.0
BACK_SECONDS = 60.0
TRIES = 20

_NEWEST = "SELECT coalesce(max(position), 0) FROM eventlog_pending"
_OLDER = "SELECT count(*) FROM eventlog_pending WHERE position <= %s"


def attack_fleet(attack: Attack, fleet: Fleet, rounds: int) -> None:
    """Each round cuts one worker off and heals it, then parts the other from the broker and heals it."""
    wait_until(lambda: len(attack.load.probes) > 3, BACK_SECONDS, "no order was shown before the attack")
    cuts, parts = [], []
    for _ in range(rounds):
        cuts.append(_cut_off(attack, fleet, "first"))
        parts.append(_part_from_broker(attack, fleet, "second"))
    attack.notes["cut_off"] = cuts
    attack.notes["parted_from_broker"] = parts


def _cut_off(attack: Attack, fleet: Fleet, worker: str) -> dict[str, float]:
    batch = _stop_in_batch(attack, fleet, worker)
    cut_at = time.monotonic()
    fleet.network.cut(worker)
    newest = attack.database.rows(_NEWEST)[0][0]
    for process in fleet.worker(worker):
        kill(process, signal.SIGCONT)
    try:
        time.sleep(1.0)
        if batch not in attack.database.open_batches():
            raise Broken("the batch of the worker that was cut off is not open: nothing was proved")
        locked = attack.database.rows(_OLDER, (newest,))[0][0]
        wait_until(lambda: batch not in attack.database.open_batches(), BACK_SECONDS, "a cut-off worker's rows stayed locked")
        freed = time.monotonic() - cut_at
        wait_until(
            lambda: not attack.database.rows(_OLDER, (newest,))[0][0], BACK_SECONDS, "nobody took over what it had claimed"
        )
        taken_over = time.monotonic() - cut_at
    finally:
        fleet.network.plug(worker)
    healed_at = time.monotonic()
    back = _wait_for_work_of(attack, fleet, worker) - healed_at
    if freed > FREED_SECONDS:
        attack.broken.append(f"a cut-off worker's rows stayed locked for {freed:.1f} s")
    if taken_over - freed > TAKEN_OVER_SECONDS:
        attack.broken.append(f"a cut-off worker's rows were worked only {taken_over - freed:.1f} s after they were free")
    return {
        "rows_locked": locked,
        "rows_free_again_seconds": round(freed, 2),
        "rows_taken_over_seconds": round(taken_over, 2),
        "works_again_after_healing_seconds": round(back, 2),
    }


def _stop_in_batch(attack: Attack, fleet: Fleet, worker: str) -> Batch:
    """Lets the worker stand still where it has a batch open: it goes on only after its cable is pulled."""
    for _ in range(TRIES):
        if wait_for_batch(attack.database, BACK_SECONDS, fleet.network.address(worker)) is None:
            break
        processes = fleet.worker(worker)
        for process in processes:
            kill(process, signal.SIGSTOP)
        time.sleep(0.2)
        for batch in attack.database.open_batches():
            if batch.address == fleet.network.address(worker):
                return batch
        for process in processes:
            kill(process, signal.SIGCONT)
    raise Broken(f"the worker {worker} was never met in the middle of a batch")


def _part_from_broker(attack: Attack, fleet: Fleet, worker: str) -> dict[str, float]:
    before = len(attack.load.probes)
    fleet.network.part(worker, "broker")
    try:
        time.sleep(PARTED_SECONDS)
    finally:
        fleet.network.join(worker, "broker")
    healed_at = time.monotonic()
    waits = [probe.wait_seconds for probe in attack.load.probes[before:]]
    if not waits or max(waits) > BROKER_SECONDS:
        attack.broken.append(
            f"while {worker} was parted from the broker an order waited {max(waits, default=PARTED_SECONDS):.1f} s"
        )
    back = _wait_for_work_of(attack, fleet, worker) - healed_at
    return {"longest_wait_seconds": round(max(waits, default=0.0), 2), "works_again_after_healing_seconds": round(back, 2)}


def _wait_for_work_of(attack: Attack, fleet: Fleet, worker: str) -> float:
    if wait_for_batch(attack.database, BACK_SECONDS, fleet.network.address(worker)) is None:
        raise Broken(f"the worker {worker} took no batch within {BACK_SECONDS:.0f} s after it was healed")
    return time.monotonic()
