import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.output.bars import sparkline


def test_eight_heights_from_nought_to_all_and_a_dot_for_nothing():
    shares = [0.0, 0.13, 0.26, 0.38, 0.51, 0.63, 0.76, 1.0, None]
    assert sparkline(shares) == "▁▂▃▄▅▆▇█·"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1))))
def test_a_cell_for_each_share_and_never_lower_for_more(shares):
    drawn = sparkline(shares)
    assert len(drawn) == len(shares)
    known = sorted(
        (share, cell) for share, cell in zip(shares, drawn, strict=True) if share is not None
    )
    assert [cell for _, cell in known] == sorted(cell for _, cell in known)


@pytest.mark.parametrize(("share", "cell"), [(1.0, "█"), (0.999, "█"), (0.0, "▁")])
def test_the_ends_are_inside(share, cell):
    assert sparkline([share]) == cell
