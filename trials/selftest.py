"""Whether the trials notice anything: `python -m trials.selftest [DEFECT…]`.

Each stand-in of `trials/standins.py` is given to the trials that look at what is broken in it; they
run at their smallest, and are over with the first group in which something is wrong. The program as
it is has to pass them all. Before that each is seen to work where nothing happens to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from trials.report import CannotRun, Report
from trials.standins import DEFECTS
from trials.world import Setup

#: which trials have to fail what
NOTICED_BY: dict[str, tuple[str, ...]] = {
    "forgetful": ("crash", "signals", "keys"),
    "piecemeal": ("faults", "power"),
    "twice": ("crash",),
    "unsynced": ("power",),
    "half_synced": ("power",),
    "silent": ("faults", "space", "damage"),
    "talkative": ("faults", "space", "damage"),
    "trusting": ("damage",),
    "mender": ("damage",),
    "stubborn": ("locks",),
    "hasty": ("locks",),
    "untruthful": ("signals",),
    "carefree": ("shares",),
    "keyless": ("keys",),
    "overwriting": ("keys",),
}
SOUND = "none"
_EVERY = ("crash", "faults", "power", "space", "damage", "signals", "locks", "shares", "keys")


class Pair(NamedTuple):
    defect: str
    trial: str
    failed: bool | None
    """None where the trial cannot run."""
    told: str
    """The first thing that was wrong."""
    seconds: float

    @property
    def as_it_should(self) -> bool:
        return self.failed is (self.defect != SOUND)

    @property
    def outcome(self) -> str:
        if self.failed is None:
            return "cannot run here"
        if self.as_it_should:
            return "failed as it should" if self.failed else "passed as it should"
        return "FAILED" if self.failed else "NOT NOTICED"


class _Enough(Exception):
    pass


class _UntilWrong(Report):
    def group(self, label: str, figures: Mapping[str, Any], bad: Sequence[str] = ()) -> None:
        super().group(label, figures, bad)
        if bad:
            raise _Enough


def main(names: Sequence[str]) -> int:
    pairs = []
    for defect, trial in _wanted(names):
        pairs.append(tried(defect, trial))
        print(_line(pairs[-1]), flush=True)
    wrong = [pair for pair in pairs if pair.failed is not None and not pair.as_it_should]
    lacking = [pair for pair in pairs if pair.failed is None]
    seconds = sum(pair.seconds for pair in pairs)
    told = f"{len(pairs) - len(wrong) - len(lacking)} of {len(pairs)} as it should be"
    print(f"{told}, {len(lacking)} could not run ({seconds:.0f} s)")
    return 1 if wrong else 2 if lacking else 0


def _wanted(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    every = {**{name: NOTICED_BY[name] for name in DEFECTS}, SOUND: _EVERY}
    for defect in names or every:
        yield from ((defect, trial) for trial in every[defect])


def tried(defect: str, trial: str) -> Pair:
    """Give a program to a trial. Error: RuntimeError, if it does not even work by itself."""
    standin = str(Path(__file__).with_name("standins.py"))
    setup = Setup(program=(sys.executable, standin, defect), size=0)
    _must_work(setup)
    started = monotonic()
    report = _UntilWrong(trial, quiet=True)
    failed: bool | None
    try:
        import_module(f"trials.{trial}").run(setup, report)
    except CannotRun as exc:
        failed, told = None, str(exc)
    except _Enough:
        failed, told = True, report.failures[0]
    except RuntimeError as exc:  # what the trial had to prepare did not work
        failed, told = True, str(exc)
    else:
        failed, told = False, "; ".join(report.lacking)
    return Pair(defect, trial, failed, told, monotonic() - started)


def _must_work(setup: Setup) -> None:
    with setup.world() as world:
        world.init()
        world.ok("add", "Anything")
        world.ok("list")


def _line(pair: Pair) -> str:
    told = pair.told.partition("\n")[0][:110]
    return (
        f"{pair.defect:12} {pair.trial:8} {pair.outcome:20} {pair.seconds:4.0f} s  {told}".rstrip()
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
