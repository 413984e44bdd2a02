"""Which pipeline each deal of a file is in, and what its row is held to there.

`--pipeline` says it for all. Otherwise a known deal is where it is; a new one goes where its row
says, else where the routes of its products or of its customer's segment lead, else into the
default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dealflow.actions import Actor, lookup
from dealflow.actions.bulk import Gate
from dealflow.actions.routing import Routes
from dealflow.errors import DealflowError, NotFound, Refused, UsageError
from dealflow.interchange.outcomes import Outcomes
from dealflow.interchange.references import References
from dealflow.interchange.updates import Updates
from dealflow.model import OPEN, Opportunity
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.settings import ROUTES
from dealflow.text import fold
from dealflow.typed import quoted


class Terms(NamedTuple):
    """What the whole import was told."""

    pipeline: str | None
    closed_in: str | None
    """Where deals were closed whose row does not say it; the first stage if None."""
    why: str | None
    """Why requirements are overridden, where they are."""
    words: Mapping[str, PipelineSpec] = {}
    """Pipelines by the words that the file has for them."""
    entered_late: bool = False
    """Whether a creation date after the close is when the deal was entered there."""


class Line(NamedTuple):
    """A pipeline with what reads, admits and compares the rows of its deals."""

    pipeline: PipelineSpec
    closed_in: StageSpec | None
    gate: Gate
    outcomes: Outcomes
    updates: Updates


class Lines:
    """The pipelines of an import, each made ready when the first row needs it."""

    def __init__(self, by: Actor, names: References, terms: Terms) -> None:
        self.by, self.names, self.terms = by, names, terms
        self.routes = Routes(by)
        self._by_segment = any(kind == ROUTES[1] for kind, _ in self.routes.to)
        self._lines: dict[int, Line] = {}
        self._found: dict[tuple[Any, ...], Line | DealflowError] = {}
        self.default = self._line(lookup.pipeline(by, terms.pipeline))

    def of(self, values: dict[str, Any], deal: Opportunity | None) -> Line:
        """The one of this row. Errors: NotFound for its pipeline, or for --closed-in there;
        Refused where a known deal is in another than its row says.
        """
        if self.terms.pipeline is not None:
            return self.default
        if deal is not None:
            return self._known(values.get("pipeline"), deal)
        account = values.get("account") if self._by_segment else None
        segment = self.names.segment_of(account) if account else None
        key = (values.get("pipeline"), tuple(values.get("product", ())), segment)
        if key not in self._found:
            self._found[key] = self._chosen(*key)
        found = self._found[key]
        if isinstance(found, DealflowError):
            raise found.with_traceback(None)
        return found

    def _known(self, word: str | None, deal: Opportunity) -> Line:
        line = self._lines.get(deal.pipeline_id)
        line = line or self._line(lookup.pipeline_of(self.by, deal))
        spec = line.pipeline
        if word is not None and not self._means(word, spec):
            told = f"deal {deal.id} is in the pipeline {spec.key}, and the row says {word}"
            raise Refused(told, f"dealflow move {deal.id} {quoted(word)}")
        return line

    def _means(self, word: str, spec: PipelineSpec) -> bool:
        known = self.terms.words.get(word)
        return known.id == spec.id if known else fold(word) in {fold(spec.key), fold(spec.name)}

    def _chosen(
        self, word: str | None, products: tuple[str, ...], segment: str | None
    ) -> Line | DealflowError:
        if word is not None and word in self.terms.words:
            return self._line(self.terms.words[word])
        try:
            spec, _ = self.routes.choose(word, products, segment)
            return self._line(spec)
        except NotFound as unknown:
            if word is not None:
                told = f'--value "pipeline:{word}=KEY" or --pipeline KEY says where its deals go'
                unknown.facts["remedy"] = f"{told}; --create pipelines,stages makes it"
            return unknown
        except UsageError as unfit:
            return unfit

    def each(self, deals: Iterable[Opportunity]) -> Iterator[tuple[Line, list[Opportunity]]]:
        """Known deals by their line."""
        found: dict[int, tuple[Line, list[Opportunity]]] = {}
        for deal in deals:
            line = self.of({}, deal)
            found.setdefault(line.pipeline.id, (line, []))[1].append(deal)
        yield from found.values()

    def _line(self, spec: PipelineSpec) -> Line:
        if spec.id not in self._lines:
            why = self.terms.why
            self._lines[spec.id] = Line(
                spec,
                open_stage(spec, self.terms.closed_in),
                Gate(spec, self.by.now, why),
                Outcomes(spec, self.names.exact),
                Updates(self.by, spec, self.names, why),
            )
        return self._lines[spec.id]


def open_stage(pipeline: PipelineSpec, word: str | None) -> StageSpec | None:
    """What --closed-in names. Errors: NotFound, UsageError for an end."""
    if word is None:
        return None
    stage = pipeline.stage(word)
    if stage.kind != OPEN:
        raise UsageError(f"no deal is closed in {stage.name}: it is the end", pipeline.keys_told())
    return stage
