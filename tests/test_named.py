"""Named tuples behave as those of typing do."""

import copy
import pickle
import typing

import pytest

from dealflow.named import NamedTuple


class Mine(NamedTuple):
    """Two and a half."""

    one: int
    two: "str"
    three: float = 0.5
    """What is said of a field goes nowhere."""

    @property
    def both(self) -> str:
        return f"{self.one}{self.two}"


class Theirs(typing.NamedTuple):
    """Two and a half."""

    one: int
    two: "str"
    three: float = 0.5

    @property
    def both(self) -> str:
        return f"{self.one}{self.two}"


MAKINGS = [
    lambda kind: kind(1, "x"),
    lambda kind: kind(1, "x", 2.0),
    lambda kind: kind(two="x", one=1),
    lambda kind: kind(1, two="x", three=3),
    lambda kind: kind._make([1, "x", 2.0]),
    lambda kind: kind(1, "x")._replace(two="y"),
]
WRONG = [
    lambda kind: kind(),
    lambda kind: kind(1, "x", 2.0, 4),
    lambda kind: kind(1, "x", one=2),
    lambda kind: kind(1, "x", four=2),
    lambda kind: kind._make([1]),
    lambda kind: kind(1, "x")._replace(four=4),
    lambda kind: setattr(kind(1, "x"), "one", 2),
    lambda kind: setattr(kind(1, "x"), "four", 2),
]


@pytest.mark.parametrize("make", MAKINGS)
def test_the_same_values_are_made_in_the_same_ways(make):
    mine, theirs = make(Mine), make(Theirs)
    assert tuple(mine) == tuple(theirs)
    assert mine == theirs
    assert hash(mine) == hash(theirs)
    assert repr(mine) == repr(theirs).replace("Theirs", "Mine")
    assert mine._asdict() == theirs._asdict()
    assert mine.both == theirs.both
    assert (mine.one, mine[1], mine.three) == (theirs.one, theirs[1], theirs.three)
    assert type(mine) is Mine


@pytest.mark.parametrize("make", WRONG)
def test_the_same_mistakes_are_refused(make):
    with pytest.raises((TypeError, ValueError, AttributeError)) as theirs:
        make(Theirs)
    with pytest.raises(theirs.type):
        make(Mine)


def test_the_classes_say_the_same_of_themselves():
    assert Mine._fields == Theirs._fields
    assert Mine._field_defaults == Theirs._field_defaults
    assert Mine.__doc__ == Theirs.__doc__
    assert issubclass(Mine, tuple)
    assert not hasattr(Mine(1, "x"), "__dict__")


def test_they_can_be_taken_apart_copied_and_pickled():
    one = Mine(1, "x")
    match one:
        case Mine(first, second, third):
            assert (first, second, third) == one
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    assert type(pickle.loads(pickle.dumps(one))) is Mine


def test_a_field_without_a_default_cannot_follow_one_that_has_one():
    with pytest.raises(TypeError, match="without a default"):

        class Wrong(NamedTuple):
            one: int = 1
            two: int


def test_it_can_be_generic():
    kind = typing.TypeVar("kind")

    class Pair(NamedTuple, typing.Generic[kind]):
        one: kind
        two: kind

    assert Pair[int](1, 2).two == 2
