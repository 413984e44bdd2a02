"""`python -m trials NAME… [--full] [--json FILE]`; without a name, all of them in turn."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from time import monotonic
from typing import NamedTuple

from trials.report import CANNOT, FAILED, PASSED, CannotRun, Report, keep
from trials.world import Setup


class Trial(NamedTuple):
    about: str
    minutes: tuple[int, int]
    """What it takes on two cores, small and full."""


TRIALS = {
    "crash": Trial("many processes write, killed at random: nothing saved is lost", (1, 15)),
    "faults": Trial("the n-th system call on the file fails, or is the last", (2, 90)),
    "power": Trial("every disk image that a power cut could have left", (1, 3)),
    "space": Trial("the disk is full, in three ways", (1, 3)),
    "damage": Trial("flipped bits, cut and foreign files", (1, 10)),
    "signals": Trial("SIGINT, SIGTERM, SIGHUP at random moments", (1, 3)),
    "locks": Trial("somebody else holds the file", (1, 2)),
    "shares": Trial("two mounts of one folder that do not share their locks", (1, 1)),
    "keys": Trial("retries with --key under kills; edits at the same time", (1, 5)),
}

ON_SERVER = ("crash", "keys")


def main(argv: Sequence[str]) -> int:
    said = _arguments(argv)
    size = 2 if said.full else 1
    setup = Setup(size=size, seed=said.seed, only=tuple(said.only or ()), server=said.server)
    setup = replace(setup, cases=said.cases)
    if said.program:
        setup = replace(setup, program=tuple(said.program.split()))
    reports = [_run(name, setup) for name in said.names or TRIALS]
    if said.json:
        keep(said.json, reports)
    verdicts = {report.verdict for report in reports}
    return next((v for v in (FAILED, CANNOT) if v in verdicts), PASSED)


def _run(name: str, setup: Setup) -> Report:
    trial, report = TRIALS[name], Report(name)
    about = f"{trial.about} (some {trial.minutes[setup.size - 1]} min)"
    print(f"{name}: {about}", flush=True)
    started = monotonic()
    try:
        if setup.server and name not in ON_SERVER:
            report.lacks("all of it", "it is about files")
        else:
            import_module(f"trials.{name}").run(setup, report)
    except CannotRun as exc:
        report.lacks("all of it", str(exc))
    except RuntimeError as exc:
        report.group("what has to work by itself", {"failed": 1}, [str(exc)])
    report.close(monotonic() - started)
    return report


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    width = max(map(len, TRIALS))
    listed = "\n".join(
        f"  {name:{width}}  {trial.about}; {trial.minutes[0]} min, full {trial.minutes[1]} min"
        for name, trial in TRIALS.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m trials",
        description=f"Trials of the installed program, from outside.\n\n{listed}",
        epilog="exit: 0 passed, 1 failed, 2 nothing failed but some of it cannot run here",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*TRIALS, []], metavar="NAME")
    parser.add_argument("--full", action="store_true", help="the sizes of docs/reliability.md")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn by lot")
    parser.add_argument(
        "--server", metavar="URL", default="", help="of crash and keys: try it there"
    )
    parser.add_argument("--cases", metavar="N", type=int, default=0, help="of faults: draw so many")
    parser.add_argument(
        "--only", metavar="COMMAND", action="append", help="of faults: this command"
    )
    parser.add_argument("--program", help="another command line than the dealflow beside Python")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
