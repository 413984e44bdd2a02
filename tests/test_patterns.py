"""Regular expressions that wait until they are asked for."""

import importlib
import pkgutil
import re

import pytest

import dealflow
from dealflow.patterns import _Pattern, pattern


def test_it_matches_as_the_compiled_one_does():
    mine, theirs = pattern("(a+)b?", re.IGNORECASE), re.compile("(a+)b?", re.IGNORECASE)
    for _ in range(2):  # before it is compiled, and after
        assert mine.findall("aAb xa") == theirs.findall("aAb xa")
        assert mine.match("xa") is None
        assert mine.fullmatch("AAB")[1] == "AA"
        assert mine.sub("-", "caab") == theirs.sub("-", "caab")
    assert (mine.pattern, mine.groups) == (theirs.pattern, theirs.groups)


def test_a_mistake_is_told_at_the_first_use():
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("x")


def test_every_pattern_of_the_program_can_be_compiled():
    found = 0
    for module in pkgutil.walk_packages(dealflow.__path__, "dealflow."):
        if module.name.endswith("__main__") or ".migrations." in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, _Pattern):
                assert value.groups >= 0
                found += 1
    assert found > 50
