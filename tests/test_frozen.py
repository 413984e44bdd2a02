"""Frozen values: what they promise in place of dataclasses."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

from dealflow.frozen import Frozen


class Town(Frozen):
    name: str
    people: int = 0
    streets: dict[str, int] = field(default_factory=dict)


class Port(Town):
    ships: int = 0


class Point(Frozen, kw_only=False):
    x: int
    y: int = 0


def test_values_are_equal_when_type_and_content_are():
    assert Town(name="Ningbo") == Town(name="Ningbo", people=0)
    assert Town(name="Ningbo") != Town(name="Ningbo", people=1)
    assert Town(name="Ningbo") != Port(name="Ningbo")
    assert len({Point(1), Point(1, 0), Point(x=1), Point(2)}) == 2


def test_nothing_can_be_changed_or_taken_away():
    town = Town(name="Ningbo")
    for change in (
        lambda: setattr(town, "name", "Suzhou"),
        lambda: setattr(town, "mayor", "nobody"),
        lambda: delattr(town, "name"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert town.name == "Ningbo"


@pytest.mark.parametrize(
    "wrong",
    [
        Town,
        lambda: Town(name="Ningbo", mayor="nobody"),
        lambda: Town("Ningbo"),
        Point,
        lambda: Point(1, 2, 3),
        lambda: Point(1, x=1),
    ],
)
def test_what_is_missing_unknown_or_told_twice_is_refused(wrong):
    with pytest.raises(TypeError):
        wrong()


def test_each_value_gets_a_fresh_one_from_a_factory():
    one, other = Town(name="Ningbo"), Town(name="Ningbo")
    assert one.streets == {}
    assert one.streets is not other.streets


def test_fields_come_in_order_those_of_the_base_first():
    assert [f.name for f in fields(Port)] == ["name", "people", "streets", "ships"]


def test_replace_makes_another_value_and_leaves_the_first():
    port = Port(name="Ningbo", ships=3)
    assert replace(port, ships=4) == Port(name="Ningbo", ships=4)
    assert port.ships == 3


def test_positional_values_can_be_matched_by_position():
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_values_survive_copying_and_pickling():
    town = Town(name="Ningbo", streets={"Zhongshan": 1})
    assert copy.copy(town) == copy.deepcopy(town) == pickle.loads(pickle.dumps(town)) == town


def test_a_value_shows_its_content():
    assert repr(Point(1)) == "Point(x=1, y=0)"
