"""The rule by which contradictory histories become visits, worked out by hand."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dealflow.interchange.settling import Told, settle
from dealflow.model import LOST, OPEN, VOID, WON
from dealflow.stages import PipelineSpec, StageSpec

A, B, C = (StageSpec(id=n, key=key, name=key, position=n) for n, key in enumerate("abc", 1))
W = StageSpec(id=4, key="won", name="Won", kind=WON, position=4)
LINE = PipelineSpec(id=1, key="p", name="P", stages=(A, B, C, W))


def at(when, stage, **more):
    return Told(at=when, status=OPEN, stage=stage.id, line=more.pop("line", when), **more)


def close(when, status, **more):
    return Told(at=when, status=status, line=when, **more)


def course(*rows):
    found = settle(rows, LINE, A)
    return [(s.stage, s.entered, s.left, s.ending) for s in found.stays], +found.remarks


def test_a_visit_ends_when_the_next_begins_whatever_the_row_says():
    stays, remarks = course(at(10, A, left=25), at(20, B, left=22), at(30, C), close(40, WON))
    assert stays == [
        (1, 10, 20, "advanced"),
        (2, 20, 30, "advanced"),
        (3, 30, 40, "won"),
    ]
    assert remarks == {"overlap": 1, "gap": 1}


def test_rows_count_by_time_and_at_one_instant_by_stage():
    stays, remarks = course(
        at(20, C, line=1), close(20, LOST), at(20, B, line=2), at(10, A, line=3)
    )
    assert stays == [(1, 10, 20, "advanced"), (2, 20, 20, "advanced"), (3, 20, 20, "lost")]
    assert remarks == {"out_of_order": 1, "same_instant": 2}


def test_a_stage_passed_over_is_kept_with_the_move():
    found = settle([at(10, A), at(20, C), close(30, WON)], LINE, A)
    assert [stay.passed for stay in found.stays] == [(2,), ()]
    assert +found.remarks == {"skipped": 1}
    assert [stay.to for stay in found.stays] == [3, 4]


def test_lost_after_won_reopens_the_deal_for_that_instant():
    stays, remarks = course(at(10, A), close(20, WON), close(30, LOST))
    assert stays == [(1, 10, 20, "won"), (1, 30, 30, "lost")]
    assert remarks == {"closed_twice": 1}


def test_the_same_close_again_and_the_same_stage_again_are_no_moves():
    stays, remarks = course(at(10, A), at(15, A), close(20, VOID), close(30, VOID))
    assert stays == [(1, 10, 20, "void")]
    assert remarks == {"no_move": 2}


def test_a_stage_after_a_close_reopens_and_an_earlier_one_is_a_return():
    stays, remarks = course(at(10, B), close(20, LOST), at(30, B), at(40, A))
    assert stays == [
        (2, 10, 20, "lost"),
        (2, 30, 40, "returned"),
        (1, 40, None, None),
    ]
    assert remarks == {"reopened": 1, "returned": 1}


def test_a_close_without_any_stage_is_where_it_is_told_to_be():
    assert course(close(20, LOST)) == ([(1, 20, 20, "lost")], {"closed_unseen": 1})


def test_who_and_how_much_are_those_of_the_moment():
    rows = [
        at(10, A, owner=1, amount=100),
        at(15, A, owner=2, amount=150),
        at(20, B, owner=3, amount=200),
        close(30, WON, author=9, amount=250),
    ]
    first, last = settle(rows, LINE, A).stays
    assert (first.owner, first.end_owner, first.amount, first.end_amount) == (1, 2, 100, 150)
    assert (last.owner, last.end_owner, last.amount, last.end_amount) == (3, 3, 200, 250)
    assert last.author == 9


def test_where_nobody_is_the_owner_the_author_is_taken_for_it():
    (stay,) = settle([at(10, A, author=5), close(20, LOST, author=6)], LINE, A).stays
    assert (stay.owner, stay.end_owner, stay.author) == (5, 5, 6)


rows = st.builds(
    lambda when, what, line: (
        at(when, what, line=line) if isinstance(what, StageSpec) else close(when, what)
    ),
    st.integers(0, 20),
    st.sampled_from([A, B, C, WON, LOST, VOID]),
    st.integers(0, 99),
)


@given(st.lists(rows, min_size=1, max_size=12))
def test_whatever_the_rows_the_visits_follow_one_another(told):
    stays = settle(told, LINE, A).stays
    closed = {WON, LOST, VOID}
    for before, after in pairwise(stays):
        assert before.left is not None
        assert before.entered <= before.left
        if before.ending in closed:
            assert after.entered >= before.left
        else:
            assert after.entered == before.left
            assert (before.to, before.stage != after.stage) == (after.stage, True)
    last = max(told, key=lambda row: (row.at, row.stage or 9))
    assert (stays[-1].ending or OPEN) in {row.status for row in told if row.at == last.at}
    assert {stay.entered for stay in stays} <= {row.at for row in told}
