"""Pipelines as documents: TOML in and out, the built-in templates, and what an edit changes.

Pure, but for reading the templates that are installed with the package.
"""

from dealflow.pipelines.changes import (
    MANY_STAGES,
    REDEFINABLE,
    Change,
    Wish,
    plan_definition_change,
    too_many_stages,
)
from dealflow.pipelines.documents import (
    TEMPLATES,
    is_key,
    parse_pipeline,
    pipeline_toml,
    template,
    template_text,
)

__all__ = [
    "MANY_STAGES",
    "REDEFINABLE",
    "TEMPLATES",
    "Change",
    "Wish",
    "is_key",
    "parse_pipeline",
    "pipeline_toml",
    "plan_definition_change",
    "template",
    "template_text",
    "too_many_stages",
]
