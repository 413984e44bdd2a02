from dealflow.analytics.flows import LINES, Step, spans, waterfall


def test_a_waterfall_runs_from_the_opening_to_the_closing():
    steps = waterfall([("opening", 100), ("new", 50), ("won", -120), ("closing", 30)])
    assert steps == [
        Step("opening", 100, 0, 100),
        Step("new", 50, 100, 150),
        Step("won", -120, 150, 30),
        Step("closing", 30, 0, 30),
    ]


def test_bars_are_shares_of_the_highest_value_that_is_reached():
    steps = waterfall([("opening", 100), ("new", 100), ("grew", 0), ("won", -150), ("closing", 50)])
    assert list(spans(steps)) == [(0, 0.5), (0.5, 1), None, (1, 0.25), (0, 0.25)]


def test_of_nothing_there_are_no_bars():
    assert list(spans(waterfall([("opening", 0), ("closing", 0)]))) == [None, None]
    assert list(spans([])) == []


def test_what_adds_stands_before_what_takes_away():
    assert (LINES[0], LINES[-1]) == ("opening", "closing")
    assert LINES.index("grew") < LINES.index("shrank") < LINES.index("won")


def test_what_begins_without_an_opening_begins_at_nothing():
    assert waterfall([("new", 5), ("won", -2)]) == [Step("new", 5, 0, 5), Step("won", -2, 5, 3)]


def test_what_never_rises_above_nothing_has_no_bars():
    steps = waterfall([("opening", 0), ("won", -50), ("new", 50), ("closing", 0)])
    assert list(spans(steps)) == [None] * 4


def test_a_bar_below_nothing_ends_at_nothing():
    steps = waterfall([("opening", 100), ("won", -150), ("closing", -50)])
    assert list(spans(steps)) == [(0, 1), (1, 0), (0, 0)]


def test_a_single_cent_has_a_bar():
    assert list(spans(waterfall([("opening", 1)]))) == [(0, 1)]
