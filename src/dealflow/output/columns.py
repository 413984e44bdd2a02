"""The columns of a drawing: each cell as safe text, and how much room it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from dealflow import results as r
from dealflow.named import NamedTuple
from dealflow.output import bars, cells
from dealflow.output.folding import cut, folded
from dealflow.output.layout import BARS, GAP, Need
from dealflow.output.text import clean
from dealflow.results import Column, Rate, Row

if TYPE_CHECKING:
    from dealflow.output import Style

_FIGURES = frozenset({r.INT, r.NUMBER, r.SHARE, r.MONEY, r.DIFFERENCE})
_BARRED = frozenset({r.RATE, r.BAR})
_ELASTIC = frozenset({r.TEXT, r.LIST, r.SENTENCE})


class Drawn(NamedTuple):
    """One column of a drawing; `values` are raw, `texts` what is shown for them."""

    label: str
    kind: str
    values: list[Any]
    texts: list[str]
    need: Need
    right: bool
    today: date

    def fact(self, at: int, width: int | None = None) -> Text:
        """The value of row `at` standing alone, with its bar, folded to `width` cells."""
        text = self.texts[at].strip(" ")
        if self.kind == r.RATE:
            roomy = width is None or self.need.wish(BARS[0]) <= width
            return self._drawn(text, self.values[at], BARS[0] if roomy else 0)
        return self._drawn(text if width is None else folded(text, width), self.values[at], 0)

    def cell(self, at: int, bar: int, width: int, fold: bool = False) -> Text:
        """The cell of row `at`, with a bar of that many cells; too long a text is folded or cut."""
        text = self.texts[at]
        if self.need.elastic and self.need.cells > width:
            text = folded(text, width) if fold else cut(text, width)
        return self._drawn(text, self.values[at], bar)

    def _drawn(self, text: str, value: Any, bar: int) -> Text:
        if value is None or text.strip() == cells.ABSENT:
            return Text(text, "dim")
        if self.kind == r.RATE:
            return _rate_cell(text, value, bar)
        if self.kind == r.BAR:
            start, end = value
            return Text(bars.span_bar(start, end, bar) if bar else "", "cyan")
        if self.kind == r.SPARK:
            return Text(text, "cyan")
        if self.kind in (r.DAY, r.DUE) and value == self.today:
            return Text(text, "bold")
        return Text(text)


def drawn(
    columns: Sequence[Column], rows: Sequence[Row], style: Style, lines: bool = False
) -> list[Drawn]:
    """The columns that a screen shows. With `lines`, text may have several."""
    found = [
        _drawn(column, [row[at] for row in rows], style, lines)
        for at, column in enumerate(columns)
        if column.on != r.MACHINE
    ]
    main = next((at for at, column in enumerate(found) if column.need.elastic), None)
    if main is not None:
        found[main] = found[main]._replace(need=found[main].need._replace(main=True))
    return found


def _drawn(column: Column, values: list[Any], style: Style, lines: bool) -> Drawn:
    label = clean(column.label)
    safe: Callable[[str], str] = _safe_lines if lines else clean
    if column.kind == r.RATE:
        texts = aligned_rates(values)
    elif column.kind == r.BAR:
        texts = ["" for _ in values]
    elif column.kind == r.SPARK:
        texts = [cells.ABSENT if value is None else bars.sparkline(value) for value in values]
    else:
        text = cells.for_people(column.kind, style.zone, values)
        texts = [safe(text(value)) for value in values]
    widest = max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
    elastic = column.kind in _ELASTIC
    need = Need(
        label=cell_len(label),
        word=_longest_word(label),
        cells=widest,
        elastic=elastic,
        bar=column.kind in _BARRED,
        sentence=column.kind == r.SENTENCE,
    )
    return Drawn(
        label, column.kind, values, texts, need, _to_the_right(column, values), style.today
    )


def _safe_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))


def _to_the_right(column: Column, values: Sequence[Any]) -> bool:
    numbered = column.kind in (r.ID, r.VALUE) and all(
        value is None or isinstance(value, (int, float)) for value in values
    )
    return numbered or column.kind in _FIGURES


def _longest_word(label: str) -> int:
    """How far a label can be folded. Chinese folds anywhere: two characters are enough."""
    return max(
        (cell_len(w) if w.isascii() else min(cell_len(w), 4) for w in label.split()), default=0
    )


def aligned_rates(rates: Sequence[Rate | None]) -> list[str]:
    """`63.2 %  62.0–64.3`, with the points and the dashes below each other."""
    known = [rate if rate is None or rate.value is not None else None for rate in rates]
    between = [cells.interval(rate) if rate else "" for rate in known]
    low = max((len(text.partition("–")[0]) for text in between), default=0)
    high = max((len(text.partition("–")[2]) for text in between), default=0)
    percents = [cells.percent(rate) if rate else cells.ABSENT for rate in known]
    wide = max(map(len, percents), default=0)
    gap = " " * GAP if low else ""
    return [
        f"{figure:>{wide}}{gap}" + _at_dash(text, low, high)
        for figure, text in zip(percents, between, strict=True)
    ]


def _at_dash(text: str, low: int, high: int) -> str:
    before, dash, after = text.partition("–")
    return f"{before:>{low}}{dash or (' ' if low else '')}{after:<{high}}"


def _rate_cell(text: str, rate: Rate, bar: int) -> Text:
    cell = Text(text)
    cell.stylize("dim", text.index("%") + 1)
    if bar and rate.value is not None and rate.low is not None and rate.high is not None:
        line = bars.interval_bar(rate.low, rate.value, rate.high, bar)
        start, end = bars.heavy_part(line)
        cell.append(" " * GAP)
        cell.append(line[:start], "dim").append(line[start:end], "cyan").append(line[end:], "dim")
    return cell
