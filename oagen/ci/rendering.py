"""Render the templates of jobs: `[[ ]]` and `[% %]`, since `{{ }}` is what GitHub's expressions look like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from oagen.errors import TemplateError
from oagen.suite.templating import make_environment


def job_environment(templates: Path | None) -> jinja2.Environment:
    """Return the environment that renders jobs.

    Raises:
        TemplateError: The user's folder is missing, or holds what replaces nothing.
    """
    return make_environment(templates).overlay(
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )


def render(template: str, templates: Path | None, **view: Any) -> str:
    """Return the text of a job.

    Raises:
        TemplateError: A template is missing, broken, or uses a name that its view does not have.
    """
    try:
        return job_environment(templates).get_template(template).render(**view)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.filename or error.name}, line {error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TemplateError(f"{template}: {error.message}", hint="docs/ci.md says what there is") from error
