"""One attack: a load runs, faults are done to the system, each is timed until the system answers and shows again."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count

import psutil

from distsync.stack.restarts import LIMIT, WINDOW_SECONDS
from soak.load import Load, Shape
from soak.promises import Verdict, check
from soak.system import Broken, Running, Target, is_gone, wait_until
from soak.watch import Database, ServerLog, Watch

WARM_SECONDS = 1.0
RESUME_SECONDS = 60.0  # a system that needs longer has not resumed by itself
_runs = count(int(time.time()))


DEATHS_A_WINDOW = LIMIT - 1  # of one part: below what the supervisor bears


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done, for how long no event was acknowledged after it, and after how long a new order was shown."""

    name: str
    silent_seconds: float
    visible_again_seconds: float


@dataclass(slots=True)
class Attack:
    """What a scenario's function has in hand. `notes` go into the report; `broken` are promises that it saw broken."""

    target: Target
    load: Load
    database: Database
    server_log: ServerLog
    watch: Watch
    running: Running | None = None
    longest_seconds: float = RESUME_SECONDS  # that anything acknowledged may wait until it is shown
    unharmed: list[psutil.Process] = field(default_factory=list)  # nobody touches them, so they must outlive the attack
    faults: list[Fault] = field(default_factory=list)
    deaths: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by part: when it died of us
    notes: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def system(self) -> Running:
        if self.running is None:
            raise Broken("this attack needs a system that `make up` started")
        return self.running

    def bears(self, part: str) -> bool:
        """Whether the part may die once more without the supervisor's giving it up."""
        now = time.monotonic()
        return sum(now - at < WINDOW_SECONDS for at in self.deaths[part]) < DEATHS_A_WINDOW

    def strike(self, name: str, fault: Callable[[], object], *, kills: str = "") -> Fault:
        """Does `fault` under load and waits until an order that was first told after it is shown. `kills` names the part that
        dies of it: the load goes on until it bears that."""
        if kills:
            wait_until(lambda: self.bears(kills), WINDOW_SECONDS + 5, f"{kills} bears no more deaths")
            self.deaths[kills].append(time.monotonic())
        struck_at = time.monotonic()
        fault()
        done_at = time.monotonic()

        def shown_since() -> float | None:
            return next((probe.visible_at for probe in self.load.probes if probe.sent_at >= done_at), None)

        visible_at = wait_until(shown_since, RESUME_SECONDS, f"after {name} no new order was shown")
        silent = self.load.ledger.longest_silence_since(struck_at)
        done = Fault(name, round(silent, 2), round(visible_at - struck_at, 2))
        self.faults.append(done)
        return done


def run(
    target: Target,
    attack: Callable[[Attack], None],
    *,
    seed: int,
    shape: Shape | None = None,
    running: Running | None = None,
) -> Verdict:
    """The load with the attack in the middle of it, then the promises. Never raises for a promise that is broken."""
    load = Load(target.door, f"S{next(_runs)}.", seed, shape or Shape())
    watch = Watch(target.database_url)
    case = Attack(target, load, Database(target.database_url), ServerLog(target.server_log), watch, running)
    started = time.monotonic()
    with watch, load.running():
        time.sleep(WARM_SECONDS)
        try:
            attack(case)
        except Broken as error:
            case.broken.append(str(error))
    ran = time.monotonic() - started
    case.database.close()
    verdict = check(target, load)
    waits = [probe.wait_seconds for probe in load.probes]
    if (longest := max([verdict.settled_seconds, *waits])) > case.longest_seconds:
        case.broken.append(
            f"something waited {longest:.1f} s from its 2xx until it was shown, not {case.longest_seconds:.0f} s"
        )
    case.broken += [f"process {process.pid} ended, and nobody had touched it" for process in case.unharmed if is_gone(process)]
    figures = {
        **verdict.figures,
        "seconds": round(ran, 1),
        "batches_cut_off": case.server_log.cut_off(),
        "batches_at_once": watch.most_at_once,
        "longest_wait_seconds": round(max(waits, default=0.0), 2),
        "faults": [asdict(fault) for fault in case.faults],
        **case.notes,
    }
    return Verdict(figures, case.broken + verdict.broken)
