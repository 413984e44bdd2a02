"""The documents and the program say the same."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dealflow.cli import COMMON
from dealflow.commands import table
from dealflow.commands.table import Entry
from dealflow.errors import DealflowError
from dealflow.output import FORMATS
from dealflow.store.database import SETTINGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
SOURCES = sorted((ROOT / "src").rglob("*.py"))
REFERENCE = (DOCS / "reference.md").read_text("utf-8")


@pytest.fixture(scope="module")
def generate():
    """docs/generate.py, as a module."""
    sys.path.insert(0, str(DOCS))
    yield importlib.import_module("generate")
    sys.path.remove(str(DOCS))


def every_command() -> list[tuple[str, Entry]]:
    return [(" ".join(words), entry) for words, entry in table.every()]


every = pytest.mark.parametrize(
    ("name", "entry"), every_command(), ids=[name for name, _ in every_command()]
)


def test_the_generated_parts_are_up_to_date(generate):
    stale = [
        path.name for path, text in generate.wanted().items() if path.read_text("utf-8") != text
    ]
    assert stale == []


def test_a_stale_document_is_found_and_mended(generate, tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- generated: settings -->\nold\n<!-- end -->\nAfter\n")
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate.picture, "pictures", dict)
    monkeypatch.setattr(generate.contract, "promised", dict)
    assert generate.main(["--check"]) == 1
    assert "-old" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    text = page.read_text()
    assert text.startswith("Before\n")
    assert text.endswith("After\n")
    assert "cadence.A" in text


@every
def test_every_command_and_option_is_in_the_reference(name, entry, generate):
    section = re.search(
        rf"^### {re.escape(name)}\n(.*?)(?=^##)", REFERENCE, re.DOTALL | re.MULTILINE
    )
    assert section, f"{name} is not in the reference"
    assert entry.about in section[1]
    for parameter in generate.own_parameters(name):
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert not option.startswith("-") or option in section[1]


def test_every_common_option_is_in_the_reference(generate):
    top = REFERENCE.partition("# Commands")[0]
    for parameter in generate.built("add").params:
        if parameter.name in {*COMMON, "dry_run"}:
            assert all(option in top for option in parameter.opts)


@every
def test_the_first_line_of_a_docstring_is_what_the_table_of_commands_says(name, entry):
    module, _, function = entry.target.partition(":")
    found = getattr(importlib.import_module(f"dealflow.commands.{module}"), function)
    assert (found.__doc__ or "").strip().partition("\n")[0] == entry.about


def test_every_answer_is_in_the_reference(generate):
    """A command that `docs/sample.py` does not run has no fields in the reference."""
    without = {"demo", "schema"}
    assert {name for name, _ in every_command()} - without <= generate.answers().keys()


def test_every_exit_code_and_error_is_in_the_reference(generate):
    def below(cls: type) -> set[type]:
        return {cls}.union(*map(below, cls.__subclasses__())) if cls else set()

    known = {cls for cls in below(DealflowError) if cls.__module__ == "dealflow.errors"}
    assert set(generate.error_classes()) == known - {DealflowError}
    assert {cls.exit_code for cls in known} <= generate.EXITS.keys()


def test_every_format_setting_and_variable_is_in_the_reference():
    code = "\n".join(path.read_text("utf-8") for path in SOURCES)
    variables = set(re.findall(r"DEALFLOW_[A-Z_]+", code))
    for word in (*FORMATS, *SETTINGS, *variables):
        assert f"`{word}`" in REFERENCE, f"{word} is not in the reference"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_every_module_says_what_it_is(path):
    text = path.read_text("utf-8")
    assert not text or ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"


def _anchors(page: Path) -> set[str]:
    """The anchors that headings make, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name) if name else page
        assert other.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in _anchors(other), f"{page.name}: {target}"


def test_files_name_no_place_on_somebodys_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not in a git checkout")
    place = re.compile(rb"/(?:home|Users|root|work|tmp)/[a-z]")
    found = [
        name
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file() and place.search((ROOT / name).read_bytes())
    ]
    assert found == []
