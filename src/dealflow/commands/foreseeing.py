"""The commands of forecasts and targets: a report, and what belongs to it by a further word."""

from __future__ import annotations

from dealflow.commands.entries import QUESTIONS, Entry

FORECAST = Entry(
    "forecasting:forecast",
    "What the open deals will bring, with its range, against the targets.",
    QUESTIONS,
)
TARGETS = Entry(
    "targets:report",
    "How far each target has been reached, at what pace, and what it would still take.",
    QUESTIONS,
    further={
        "list": Entry("targets:list_", "List the targets that were set."),
        "set": Entry(
            "targets:set_",
            "Set what everybody, a team or a rep is to win in a month, a quarter or a year.",
            changes=True,
        ),
        "remove": Entry(
            "targets:remove", "Take targets away, by their numbers.", changes=True
        ),
    },
)
