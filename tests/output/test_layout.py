"""Widths: what gives way first, and what never does."""

from hypothesis import given
from hypothesis import strategies as st

from dealflow.output.bars import heavy_part, interval_bar
from dealflow.output.folding import cut, folded
from dealflow.output.layout import GAP, MAIN, READABLE, Need, plan, stack

FIGURE = Need(label=12, word=6, cells=8)
TEXT = Need(label=4, word=4, cells=40, elastic=True)
TITLE = TEXT._replace(main=True)
RATE = Need(label=12, word=7, cells=17, bar=True)
needs = st.lists(
    st.builds(
        lambda label, word, cells, elastic, bar: Need(max(label, word), word, cells, elastic, bar),
        st.integers(0, 20), st.integers(0, 9), st.integers(0, 60), st.booleans(), st.booleans(),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


def test_labels_fold_before_text_is_cut():
    assert plan([FIGURE, TEXT], 56).widths == [12, 40]
    assert plan([FIGURE, TEXT], 50).widths == [8, 40]


def test_bars_shorten_before_text_is_cut():
    assert [plan([RATE, TEXT], room).bar for room in (200, 77, 71, 60)] == [16, 16, 10, 0]
    assert plan([RATE, TEXT], 59).widths == [17, 40]


def test_the_title_keeps_more_room_than_other_text():
    title, other = plan([TITLE, TEXT], 50).widths
    assert title > other
    assert plan([TITLE, TEXT], MAIN + GAP + READABLE).widths == [MAIN, READABLE]
    assert plan([TITLE, TEXT], MAIN + GAP + READABLE - 1) is None


def test_figures_never_give_way():
    assert plan([FIGURE, FIGURE], 17) is None


def test_a_stack_keeps_every_figure_whole():
    found = stack([FIGURE] * 4, 32)
    assert [len(line.widths) for line in found.lines] == [2, 2]
    assert [line.start for line in found.lines] == [0, 2]


@given(needs, st.integers(20, 150))
def test_a_plan_fits_and_cuts_only_text(wanted, room):
    found = plan(wanted, room)
    if found:
        assert sum(found.widths) + GAP * (len(wanted) - 1) <= room
        for need, width in zip(wanted, found.widths, strict=True):
            assert width >= (min(need.cells, READABLE) if need.elastic else need.cells)


@given(needs, st.integers(20, 150))
def test_a_stack_fits_and_holds_every_column_once(wanted, room):
    found = stack(wanted, room)
    if found:
        assert sum(len(line.widths) for line in found.lines) == len(wanted)
        for line in found.lines:
            indent = found.indent if line.start else 0
            assert indent + sum(line.widths) + GAP * (len(line.widths) - 1) <= room


@given(st.text("年度框架合同,(《)。ab c 120", max_size=80), st.integers(4, 40))
def test_folding_loses_nothing_and_fits(text, width):
    from rich.cells import cell_len

    lines = folded(text, width).split("\n")
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_folds_between_characters_and_before_no_comma():
    assert folded("预算约 120 万,决策人", 12) == "预算约 120\n万,决策人"
    assert folded("客户询价,希望", 8) == "客户询\n价,希望"


def test_a_cut_text_says_so():
    assert cut("上海某某科技", 8) == "上海某…"
    assert cut("上海某某", 8) == "上海某某"


def test_a_bar_shows_the_interval_and_the_value():
    assert interval_bar(0.5, 0.75, 0.875, 8) == "────━━●─"
    assert interval_bar(0, 0, 0.18, 8) == "●╾──────"
    assert interval_bar(1, 1, 1, 8) == "───────●"
    assert interval_bar(0.3, 0.5, 0.7, 16) == "────╼━━━●━━╾────"


@given(st.tuples(*[st.floats(0, 1)] * 3), st.sampled_from([10, 16]))
def test_a_bar_always_has_its_length_and_its_dot(rate, width):
    bar = interval_bar(*sorted(rate), width)
    start, end = heavy_part(bar)
    assert len(bar) == width
    assert "●" in bar[start:end]
