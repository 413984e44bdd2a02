"""What a review recommends, in words: a finding and the question that it puts."""

from __future__ import annotations

from dealflow.analytics.review import Finding
from dealflow.questions.telling import percent
from dealflow.questions.windows import plural
from dealflow.results import Rate
from dealflow.stages import StageSpec


def sentence(stage: StageSpec, finding: Finding) -> str:
    """A finding and the question that it puts."""
    name, rate, better = stage.name, finding.rate, finding.better
    match finding.what:
        case "skipped":
            return f"{name} is skipped by {_told(rate)} of the won deals: merge or drop it?"
        case "forced":
            said = "of its stays began by overriding what it asks for"
            return f"{name}: {_told(rate)} {said}: ask for less, or later?"
        case "blocked":
            return f"{name}: {_told(rate)} of the open deals there lack {finding.detail}"
        case "passes":
            return f"{name}: {_told(rate)} go on from there: does it decide anything?"
        case "probability":
            configured = percent(stage.probability or 0)
            observed = f"{_low_high(rate)} won, n={rate.trials:,}"
            return f"{name} says {configured}, observed {observed}: set probability to {better:g}?"
        case "longer":
            expected = f"longer than the expected {plural(stage.expected_days or 0, 'day')}"
            change = f": set expected_days to {max(round(better), 1)}?" if better else ""
            return f"{name}: {_told(rate)} of the stays last {expected}{change}"


def _told(rate: Rate) -> str:
    """`41 % (35–48 %, n=210)`."""
    return f"{(rate.value or 0) * 100:.0f} % ({_low_high(rate)}, n={rate.trials:,})"


def _low_high(rate: Rate) -> str:
    return f"{(rate.low or 0) * 100:.0f}–{(rate.high or 0) * 100:.0f} %"


def share(rate: Rate) -> str:
    return f"{rate.successes:,} of {rate.trials:,} ({(rate.value or 0) * 100:.0f} %)"


def activity(kind: str) -> str:
    return f"'{kind.replace('_', ' ')}'"
