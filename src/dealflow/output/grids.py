"""Rows as a table, as a stack of two or three lines each, or as a block of lines each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.table import Table as Grid
from rich.text import Text

from dealflow.output.canvas import Canvas
from dealflow.output.columns import Drawn, drawn
from dealflow.output.folding import folded
from dealflow.output.layout import GAP, Plan, Stack, plan, stack
from dealflow.results import Column, Row

CHUNK = 100
"""Rows drawn at a time, so that a long list starts at once."""
TWO_COLUMNS = 100
"""From this width on, facts stand in two columns."""


def rows_drawn(
    canvas: Canvas,
    columns: Sequence[Column],
    rows: Sequence[Row],
    inner: bool = False,
    total: bool = False,
) -> Iterator[str]:
    """The rows in the best shape for the width. `inner`: no rule, and text is folded, never cut.

    `total`: the last row is the sum of the others and stands below a rule.
    """
    found = drawn(columns, rows, canvas.style, lines=inner)
    needs = [column.need for column in found]
    flat = plan(needs, canvas.width)
    if flat:
        return _table(canvas, found, flat, inner, total)
    told = any(need.sentence for need in needs)  # a line of its own for it, folded where inner
    stacked = stack(needs, canvas.width or 0, most=2 if inner and not told else 3)
    if stacked and (told or not (inner and _loses(found, stacked))):
        return _stacked(canvas, found, stacked, total, fold=inner)
    return _blocks(canvas, found)


def _loses(columns: Sequence[Drawn], stacked: Stack) -> bool:
    """Whether a stack, where nothing folds, would cut a text or join its lines."""
    several_lines = any("\n" in text for column in columns for text in column.texts)
    return several_lines or any(line.cut for line in stacked.lines)


def _spans(columns: Sequence[Drawn], total: bool = False) -> Iterator[range]:
    """The rows in chunks, without the last one if it is a total."""
    count = (len(columns[0].texts) if columns else 0) - total
    for start in range(0, count, CHUNK):
        yield range(start, min(start + CHUNK, count))


def _table(
    canvas: Canvas, columns: Sequence[Drawn], found: Plan, inner: bool, total: bool
) -> Iterator[str]:
    rule = _rule([found], 0)
    if canvas.style.header:
        yield canvas.lines([*_labels(columns, found), *([] if inner else [rule])])
    for span in _spans(columns, total):
        yield canvas.lines([line for at in span for line in _row(columns, found, at, inner)])
    if total:
        yield canvas.lines([rule, *_row(columns, found, len(columns[0].texts) - 1, inner)])


def _stacked(
    canvas: Canvas, columns: Sequence[Drawn], found: Stack, total: bool, *, fold: bool
) -> Iterator[str]:
    parts = [(columns[p.start : p.start + len(p.widths)], p) for p in found.lines]
    if canvas.style.header:
        labels = [line for own, part in parts for line in _labels(own, part, found.indent)]
        yield canvas.lines([*labels, _rule(found.lines, found.indent)])

    def record(at: int) -> Iterator[Text]:
        return (line for own, part in parts for line in _row(own, part, at, fold, found.indent))

    for span in _spans(columns, total):
        yield canvas.lines([line for at in span for line in record(at)])
    if total:
        last = len(columns[0].texts) - 1
        yield canvas.lines([_rule(found.lines, found.indent), *record(last)])


def _labels(columns: Sequence[Drawn], found: Plan, indent: int = 0) -> Iterator[Text]:
    """The heading, its labels folded where they must be and standing on the same ground."""
    labels = [
        folded(column.label, width).split("\n")
        for column, width in zip(columns, found.widths, strict=True)
    ]
    height = max(map(len, labels), default=0)
    for number in range(-height, 0):
        words = [Text(lines[number] if -number <= len(lines) else "", "dim") for lines in labels]
        yield _side_by_side(columns, found, words, indent)


def _rule(lines: Sequence[Plan], indent: int) -> Text:
    lengths = [
        (indent if p.start else 0) + sum(p.widths) + GAP * (len(p.widths) - 1) for p in lines
    ]
    return Text("─" * max(lengths, default=0), "dim")


def _row(
    columns: Sequence[Drawn], found: Plan, at: int, fold: bool, indent: int = 0
) -> Iterator[Text]:
    """The lines of one record: one, unless text is folded."""
    cells = [
        column.cell(at, found.bar, width, fold)
        for column, width in zip(columns, found.widths, strict=True)
    ]
    if not fold:
        yield _side_by_side(columns, found, cells, indent)
        return
    split = [cell.split("\n", allow_blank=True) for cell in cells]
    for number in range(max(map(len, split), default=0)):
        line = [lines[number] if number < len(lines) else Text() for lines in split]
        yield _side_by_side(columns, found, line, indent)


def _side_by_side(
    columns: Sequence[Drawn], found: Plan, cells: Sequence[Text], indent: int
) -> Text:
    line = Text(" " * (indent if found.start else 0))
    for column, width, cell in zip(columns, found.widths, cells, strict=True):
        blank = " " * (width - cell.cell_len)
        gap = " " * GAP
        if column.right:
            line.append(blank).append_text(cell).append(gap)
        else:
            line.append_text(cell).append(blank + gap)
    return line


def _blocks(canvas: Canvas, columns: Sequence[Drawn]) -> Iterator[str]:
    for span in _spans(columns):
        for at in span:
            blank = "\n" if at else ""
            yield blank + canvas(_facts_grid(columns, at, _label_width(columns), canvas.width))


# ── facts: label and value ────────────────────────────────────────────────────────────────────


def facts_drawn(canvas: Canvas, columns: Sequence[Column], row: Row) -> Iterator[str]:
    """One row as facts, side by side on a wide terminal; what is long comes first and alone."""
    facts = drawn(columns, [row], canvas.style, lines=True)
    label = _label_width(facts)
    if canvas.width is None or canvas.width < TWO_COLUMNS:
        yield canvas(_facts_grid(facts, 0, label, canvas.width))
        return
    half = canvas.width // 2 - label - 3 * GAP
    short = [fact for fact in facts if _is_short(fact, half)]
    long = [fact for fact in facts if not _is_short(fact, half)]
    if long:
        yield canvas(_facts_grid(long, 0, label, canvas.width))
    if short:
        yield canvas(_in_two(short, label))


def _is_short(fact: Drawn, width: int) -> bool:
    return "\n" not in fact.texts[0] and fact.fact(0).cell_len <= width


def _in_two(facts: Sequence[Drawn], label: int) -> Grid:
    middle = (len(facts) + 1) // 2
    grid = Grid.grid(padding=(0, 3 * GAP, 0, 0))
    grid.add_row(
        _facts_grid(facts[:middle], 0, label, None), _facts_grid(facts[middle:], 0, label, None)
    )
    return grid


def _facts_grid(facts: Iterable[Drawn], at: int, label: int, width: int | None) -> Grid:
    grid = Grid.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    grid.add_column(style="dim", width=label, no_wrap=True, overflow="ellipsis")
    grid.add_column(overflow="fold")
    room = None if width is None else width - label - GAP
    for fact in facts:
        grid.add_row(Text(fact.label), fact.fact(at, room))
    return grid


def _label_width(facts: Iterable[Drawn]) -> int:
    return max((cell_len(fact.label) for fact in facts), default=0)
