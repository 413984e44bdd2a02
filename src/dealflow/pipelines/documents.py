"""A pipeline's document: TOML in and out, and the built-in templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from dealflow.errors import BadDefinition, UnknownWord, nearest
from dealflow.model import OPEN, WON
from dealflow.patterns import pattern
from dealflow.stages import PipelineSpec, Requirement, StageSpec, parse_requirement
from dealflow.steps import Step, parse_step

TEMPLATES = ("zh", "en", "saas")
T = TypeVar("T")

_EXAMPLE = "dealflow stages export writes a document to start from"
_KEY = pattern(r"[^\W\d][\w-]{0,39}")
_TEN_YEARS = 3650
_CONTROL = pattern(r'["\\\x00-\x1f\x7f]')


def template(name: str) -> PipelineSpec:
    """A built-in pipeline; UnknownWord with the nearest when there is none of that name."""
    return parse_pipeline(template_text(name))


def template_text(name: str) -> str:
    """The document of a built-in pipeline, to start one's own from."""
    from importlib.resources import files

    if name not in TEMPLATES:
        raise UnknownWord("pipeline template", name, TEMPLATES)
    return (files("dealflow") / "templates" / f"{name}.toml").read_text(encoding="utf-8")


# ── reading ───────────────────────────────────────────────────────────────────────────────────


def parse_pipeline(text: str) -> PipelineSpec:
    """The pipeline that a TOML document defines; BadDefinition names all that is wrong with it."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadDefinition(f"the document is not TOML: {error}") from error
    problems: list[str] = []
    pipeline = _pipeline(_Table(document, "", problems))
    problems += _disagreements(pipeline)
    if problems:
        raise BadDefinition("; ".join(problems), _EXAMPLE, problems=problems)
    return pipeline


class _Table:
    """A TOML table being read: hands out values of the right kind, notes the place of the rest."""

    def __init__(self, values: Mapping[str, Any], place: str, problems: list[str]) -> None:
        self.values = values
        self.place = place
        self.problems = problems
        self.known: set[str] = set()

    def wrong(self, told: str) -> None:
        self.problems.append(f"{self.place}: {told}" if self.place else told)

    def take(self, key: str, fits: Callable[[Any], bool], ought: str) -> Any:
        """The value under `key`, or None where it is absent or (noted) does not fit."""
        self.known.add(key)
        value = self.values.get(key)
        if value is None or fits(value):
            return value
        self.wrong(f"{key} ought to be {ought}, not {value!r:.60}")
        return None

    def text(self, key: str) -> str:
        return self.take(key, _is_text, "text") or ""

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self.take(key, _are_texts, "a list of texts") or ())

    def key(self) -> str:
        ought = "one word of letters, digits, _ and -, a letter first"
        return self.needed("key", self.take("key", is_key, ought))

    def name(self) -> str:
        return self.needed(
            "name", self.take("name", _is_name, "one line of text, no blanks around it")
        )

    def needed(self, key: str, value: str | None) -> str:
        if key not in self.values:
            self.wrong(f"{key} is missing")
        return value or ""

    def requirements(self, key: str) -> tuple[Requirement, ...]:
        return tuple(self._parsed(key, parse_requirement))

    def steps(self, key: str) -> tuple[Step, ...]:
        return tuple(self._parsed(key, parse_step))

    def _parsed(self, key: str, parse: Callable[[str], T]) -> Iterator[T]:
        for text in self.texts(key):
            try:
                yield parse(text)
            except BadDefinition as error:
                self.wrong(f"{key}: {error.message} ({error.hint})")

    def tables(self, key: str) -> list[_Table]:
        """The tables under [[key]], each placed as `stage 2 (interested)`."""
        found = self.take(key, _is_tables, f"tables, written [[{key}]]") or []
        return [
            _Table(values, f"{key} {n} ({values.get('key', 'no key')})", self.problems)
            for n, values in enumerate(found, 1)
        ]

    def done(self) -> None:
        """Notes every key that nobody asked for."""
        for key in self.values:
            if key not in self.known:
                near = nearest(key, self.known)
                self.wrong(f"unknown key '{key}'" + (f" (did you mean {near}?)" if near else ""))


def _pipeline(table: _Table) -> PipelineSpec:
    key, name = table.key(), table.name()
    stages, reasons = table.tables("stage"), table.tables("reason")
    table.done()
    return PipelineSpec(
        key=key,
        name=name,
        stages=tuple(_stage(stage, position) for position, stage in enumerate(stages, 1)),
        reasons=tuple(_reason(reason) for reason in reasons),
    )


def _stage(table: _Table, position: int) -> StageSpec:
    won = table.take("won", _is_flag, "true or false")
    probability = table.take("probability", _is_probability, "from 0 to 1, as 0.2 for 20 %")
    stage = StageSpec(
        key=table.key(),
        name=table.name(),
        kind=WON if won else OPEN,
        standard=table.text("standard"),
        activities=table.texts("activities"),
        result=table.text("result"),
        probability=None if probability is None else float(probability),
        expected_days=table.take(
            "expected_days", _is_days, f"a whole number from 1 to {_TEN_YEARS}"
        ),
        requires=table.requirements("requires"),
        signals=table.requirements("signals"),
        plan=table.steps("plan"),
        position=position,
    )
    if stage.kind == WON and stage.plan:
        table.wrong("plan: a deal that is won has nothing planned")
    table.done()
    return stage


def _reason(table: _Table) -> tuple[str, str]:
    reason = table.key(), table.name()
    table.done()
    return reason


def _disagreements(pipeline: PipelineSpec) -> Iterable[str]:
    """What is wrong between stages that are each right."""
    yield from _twice("stage key", [stage.key for stage in pipeline.stages])
    yield from _twice("stage name", [stage.name for stage in pipeline.stages])
    yield from _twice("reason key", [key for key, _ in pipeline.reasons])
    if not pipeline.open_stages:
        yield "there is no open stage"
    for stage in pipeline.stages[:-1]:
        if stage.kind == WON:
            yield f"stage {stage.position} ({stage.key}): only the last stage can be won"


def _twice(what: str, words: list[str]) -> Iterable[str]:
    folded = [word.casefold() for word in words]
    for n, word in enumerate(words):
        if word and folded[n] in folded[:n]:
            yield f"{what} '{word}' stands twice"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\x00" not in value


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_name(value: Any) -> bool:
    return _is_text(value) and value.strip() == value and len(value.splitlines()) == 1


def is_key(value: object) -> bool:
    return isinstance(value, str) and bool(_KEY.fullmatch(value))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not _is_flag(value) and 0 <= value <= 1


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not _is_flag(value) and 1 <= value <= _TEN_YEARS


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


# ── writing ───────────────────────────────────────────────────────────────────────────────────


def pipeline_toml(pipeline: PipelineSpec) -> str:
    """The document of a pipeline: the same bytes for the same definition, no retired stages."""
    head = _lines({"key": pipeline.key, "name": pipeline.name})
    stages = [_stage_toml(stage) for stage in pipeline.stages if not stage.retired]
    reasons = ["[[reason]]\n" + _lines({"key": k, "name": n}) for k, n in pipeline.reasons]
    return "\n".join([head, *stages, *reasons])


def _stage_toml(stage: StageSpec) -> str:
    told = {
        "key": stage.key,
        "name": stage.name,
        "won": True if stage.kind == WON else None,
        "standard": stage.standard or None,
        "activities": stage.activities or None,
        "result": stage.result or None,
        "probability": stage.probability,
        "expected_days": stage.expected_days,
        "requires": tuple(map(str, stage.requires)) or None,
        "signals": tuple(map(str, stage.signals)) or None,
        "plan": tuple(map(str, stage.plan)) or None,
    }
    return "[[stage]]\n" + _lines(told)


def _lines(values: Mapping[str, object]) -> str:
    told = ((key, value) for key, value in values.items() if value is not None)
    return "".join(f"{key} = {_value(value)}\n" for key, value in told)


def _value(value: object) -> str:
    if isinstance(value, str):
        return '"' + _CONTROL.sub(_escaped, value) + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return short.get(char) or f"\\u{ord(char):04x}"
