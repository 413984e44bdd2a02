"""The commands of forecasts and targets: a report, and what belongs to it by a further word."""

from __future__ import annotations

from dealflow.commands.entries import QUESTIONS, Entry

FORECAST = Entry(
    "forecasting:forecast",
    "What the open deals will bring, with its range, against the targets.",
    QUESTIONS,
    further={
        "keep": Entry(
            "forecasting:keep",
            "Keep what is expected of each open deal now, to be scored once it is known.",
            changes=True,
        ),
        "list": Entry("forecasting:list_", "List the forecasts that were kept."),
        "show": Entry(
            "forecasting:show",
            "Show a kept forecast: what it came to, and what it said of each deal.",
        ),
        "remove": Entry("forecasting:remove", "Take kept forecasts away.", changes=True),
        "score": Entry(
            "forecasting:score",
            "How good the forecasts were that were kept: calibration, Brier score, bias per rep.",
        ),
        "backtest": Entry(
            "forecasting:backtest",
            "How good the forecasts of past months would have been, beside two simple rules.",
        ),
    },
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
        "remove": Entry("targets:remove", "Take targets away, by their numbers.", changes=True),
    },
)
