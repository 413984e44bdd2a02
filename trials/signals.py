"""SIGINT, SIGTERM and SIGHUP at random moments: all or nothing, quiet, and soon.

A signal in the first hundredths of a second meets Python, which is still starting; what is said
there is Python's. Those are counted as early, and must have changed nothing.
"""

from __future__ import annotations

import signal
from collections import Counter
from random import Random
from time import perf_counter, sleep

from trials import files
from trials.report import Report, waits
from trials.world import Said, Setup, World, finish, median_of

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SOON = 0.5
"""Seconds in which a run stops; on a busy computer, in which five commands do."""
INTERRUPTED = 130


def run(setup: Setup, report: Report) -> None:
    """60 of each signal, when full."""
    for number in SIGNALS:
        with setup.world() as world:
            world.init()
            report.group(number.name, *_many(world, number, setup.pick(16, 24, 60), setup.random))


def _many(
    world: World, number: signal.Signals, many: int, random: Random
) -> tuple[dict[str, object], list[str]]:
    usual = median_of(world, "add", "Calm")
    count: Counter[str] = Counter()
    stops: list[float] = []
    bad: list[str] = []
    for _ in range(many):
        token = files.token(random)
        said, stop = _signalled(world, token, number, random.uniform(0.01, usual * 1.1))
        stops.append(stop)
        outcome, wrong = judge(said, number, saved=token in files.footprints(world.db))
        count[outcome] += 1
        wrong += [] if stop <= max(_SOON, 5 * usual) else [f"took {stop:.2f} s to stop"]
        bad += [f"{what}; {said.told}" for what in wrong]
    bad += world.unsound()
    named = {name: count[name] for name in ("saved", "stopped", "early")}
    return {"cases": many, **named, "stop " + "max s": waits(stops)["max s"]}, bad


def _signalled(
    world: World, token: str, number: signal.Signals, after: float
) -> tuple[Said, float]:
    """An `add` that is sent a signal; the seconds from there to its end."""
    started = perf_counter()
    child = world.start("add", token)
    sleep(after)
    sent = perf_counter()
    child.send_signal(number)
    said = finish(child, started, 60)
    return said, perf_counter() - sent


def judge(said: Said, number: signal.Signals, *, saved: bool) -> tuple[str, list[str]]:
    """Saved if and only if acknowledged; else interrupted, by the code that belongs to it."""
    wrong: list[str] = []
    if said.code == 0:
        return "saved", [] if saved else ["acknowledged but not there"]
    if saved and number == signal.SIGINT:
        wrong.append("said to be interrupted, and it was saved")
    if is_early(said):
        return "early", wrong
    if said.traceback:
        wrong.append("a traceback")
    if said.code not in ({INTERRUPTED} if number == signal.SIGINT else {-number}):
        wrong.append("not the exit code of an interruption")
    return "saved" if saved else "stopped", wrong


def is_early(said: Said) -> bool:
    """Whether Python was still starting: it died, or its words name no function of ours."""
    ours = [line for line in said.err.splitlines() if "dealflow/" in line and ", in " in line]
    inside = [line for line in ours if not line.rstrip().endswith("in <module>")]
    alone = said.err.strip() == "KeyboardInterrupt"  # before it can show where
    return not inside and (said.traceback or alone or said.code == -signal.SIGINT)
