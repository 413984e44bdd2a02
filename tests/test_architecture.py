"""The habits of the house, measured: sizes, nesting, parameters, one clock, SQL in one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median, quantiles

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "dealflow"
#: a migration is written once and never read again as a whole
WRITTEN_ONCE = SOURCE / "store" / "migrations" / "versions"
MODULES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
FUNCTIONS = [
    (path, node)
    for path, tree in TREES.items()
    if WRITTEN_ONCE not in path.parents
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]
NESTING = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match)


def place(path: Path, node: ast.AST | None = None) -> str:
    name = str(path.relative_to(SOURCE))
    return name if node is None else f"{name}:{node.name} (line {node.lineno})"


def length(node: ast.FunctionDef) -> int:
    """Lines of the body without the docstring."""
    first = node.body[0]
    if ast.get_docstring(node) and len(node.body) > 1:
        first = node.body[1]
    return (node.end_lineno or 0) - first.lineno + 1


def test_files_are_rooms_not_halls():
    long = {
        place(path): count
        for path in MODULES
        if WRITTEN_ONCE not in path.parents
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_functions_are_small():
    lengths = [length(node) for _, node in FUNCTIONS]
    assert median(lengths) < 10
    assert quantiles(lengths, n=10)[-1] < 30
    assert [place(*f) for f in FUNCTIONS if length(f[1]) > 60] == []


def test_functions_take_few_parameters():
    """Commands declare one parameter per option; everything else takes at most five (or names)."""
    many = [
        place(path, node)
        for path, node in FUNCTIONS
        if "commands" not in path.parts
        and node.name not in {"_start", "_stage"}
        and len(node.args.posonlyargs + node.args.args)
        > 5 + (node.args.args[:1] != [] and node.args.args[0].arg == "self")
    ]
    assert many == []


def depth(node: ast.AST) -> int:
    inner = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        below = depth(child)
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        inner = max(inner, below + (isinstance(child, NESTING) and not is_elif))
    return inner


def test_nothing_nests_deeper_than_three():
    assert [place(*f) for f in FUNCTIONS if depth(f[1]) > 3] == []


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_every_module_says_what_it_is_for(path):
    if path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(TREES[path])


def test_one_module_asks_the_clock():
    asks = re.compile(r"\b(datetime\.now|date\.today|utcnow|time\.time|from time import time)\b")
    found = [place(path) for path in MODULES if asks.search(path.read_text(encoding="utf-8"))]
    assert found == ["clock.py"]


def test_sql_stands_only_under_the_store():
    """The words of a statement, in a string, anywhere else."""
    sql = re.compile(r"\b(SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM)\b", re.DOTALL)
    found = {
        place(path)
        for path, tree in TREES.items()
        if "store" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
    }
    assert found == set()


def test_nothing_is_printed_but_by_the_writers():
    allowed = {"output", "migrations"}
    found = [
        place(path)
        for path, tree in TREES.items()
        if not allowed & set(path.parts)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert found in ([], ["cli.py"])


def test_named_tuples_and_patterns_cost_nothing_before_they_are_used():
    """See `named.py` and `patterns.py`: typing's own, and a compiled pattern, cost every start."""
    early = re.compile(r"^(from typing import .*\bNamedTuple\b|\w+ = re\.compile\()", re.MULTILINE)
    found = [place(path) for path in MODULES if early.search(path.read_text(encoding="utf-8"))]
    assert found == []
