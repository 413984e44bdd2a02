"""What a trial found: a line for each group of cases, the figures, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PASSED, FAILED, CANNOT = 0, 1, 2
_WORDS = {PASSED: "passed", FAILED: "FAILED", CANNOT: "nothing failed, but not all of it could run"}
#: failures of one group that are told
_TOLD = 5


class CannotRun(Exception):
    """The computer lacks something that the trial stands on; the message names it."""


class Report:
    """Collects a trial's groups. Prints as it goes, unless it is to be quiet."""

    def __init__(self, name: str, *, quiet: bool = False) -> None:
        self.name, self.quiet = name, quiet
        self.groups: dict[str, dict[str, Any]] = {}
        self.failures: list[str] = []
        self.lacking: list[str] = []

    def group(self, label: str, figures: Mapping[str, Any], bad: Sequence[str] = ()) -> None:
        """One group of cases: what was counted, and each case that went wrong, told."""
        self.groups[label] = dict(figures)
        self.failures += [f"{label}: {case}" for case in bad]
        told = ", ".join(f"{name} {_told(value)}" for name, value in figures.items())
        self._say(f"  {label}: {told}{f' — {len(bad)} BAD' if bad else ''}")
        for case in bad[:_TOLD]:
            self._say(f"      {case}")

    def lacks(self, label: str, what: str) -> None:
        """A group that cannot be tried on this computer."""
        self.lacking.append(f"{label}: {what}")
        self._say(f"  {label}: cannot run here: {what}")

    def note(self, text: str) -> None:
        self._say(f"  {text}")

    @property
    def verdict(self) -> int:
        if self.failures:
            return FAILED
        return CANNOT if self.lacking else PASSED

    def close(self, seconds: float) -> None:
        self.groups["took"] = {"seconds": round(seconds)}
        self._say(f"{self.name}: {_WORDS[self.verdict]} ({seconds:.0f} s)")

    def _say(self, text: str) -> None:
        if not self.quiet:
            print(text, flush=True)

    @property
    def figures(self) -> dict[str, Any]:
        """Everything, as it goes into the JSON file."""
        return {
            "trial": self.name,
            "verdict": _WORDS[self.verdict],
            "groups": self.groups,
            "failures": self.failures,
            "lacking": self.lacking,
        }


def _told(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def keep(path: str, reports: Sequence[Report]) -> None:
    """Write the figures of all trials of a run as JSON."""
    text = json.dumps([report.figures for report in reports], indent=2, ensure_ascii=False)
    Path(path).write_text(f"{text}\n", encoding="utf-8")


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0 to 1) of all are not above; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(part * 1000) // 1000))
    return ordered[min(rank, len(ordered)) - 1]


def waits(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum, as figures."""
    return {
        "p50 s": round(percentile(seconds, 0.5), 3),
        "p99 s": round(percentile(seconds, 0.99), 3),
        "max s": round(max(seconds, default=0.0), 3),
    }
