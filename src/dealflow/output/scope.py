"""What the figures of a report are a function of, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

from dealflow.money import Money, shown
from dealflow.output import cells
from dealflow.results import Report


def scope_told(report: Report, zone: tzinfo) -> str:
    """`as of 2026-06-30 14:30 · window 2026-Q2`: what the figures are a function of."""
    return " · ".join(
        [f"as of {cells.minute(report.as_of, zone)}", *_parameters(report.parameters)]
    )


def _parameters(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name, value in parameters.items():
        if value is not None and value not in ("", (), []):
            yield f"{name.replace('_', ' ')} {_parameter(value)}"


def _parameter(value: Any) -> str:
    if isinstance(value, Money):
        return shown(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value))
    return str(value)
