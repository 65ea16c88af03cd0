"""Where templates come from: the user's folder first, then the bundled ones."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import jinja2

from oagen.errors import TemplateError
from oagen.suite.overrides import refuse_unknown

TEST_MODULE = "test_module.py.jinja"
RUNTIME = "support"
_SUFFIX = ".jinja"


def bundled_templates() -> Path:
    """Return the folder of the bundled templates: inside the installed package, else beside the checkout's package.

    Raises:
        TemplateError: There is neither.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / TEST_MODULE).is_file():
            return folder
    raise TemplateError("the bundled templates are missing", hint="install oagen again")


def make_environment(templates: Path | None) -> jinja2.Environment:
    """Return the environment that renders suites.

    Templates of the user's folder come first; the bundled ones stay reachable as `bundled/NAME`, to be extended.

    Raises:
        TemplateError: The user's folder is missing.
    """
    bundled = jinja2.FileSystemLoader(bundled_templates())
    loaders: list[jinja2.BaseLoader] = [bundled, jinja2.PrefixLoader({"bundled": bundled})]
    if templates is not None:
        if not templates.is_dir():
            raise TemplateError(f"there is no folder {templates}", hint="--templates names a folder of templates")
        loaders.insert(0, jinja2.FileSystemLoader(templates))
    environment = jinja2.Environment(  # noqa: S701 - the output is Python, where every view holds source already
        loader=jinja2.ChoiceLoader(loaders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if templates is not None:
        refuse_unknown(templates, bundled_templates(), environment)
    return environment


class Renderer:
    """Renders views; every fault of a template names the template and the line."""

    def __init__(self, templates: Path | None) -> None:
        self._environment = make_environment(templates)
        self._compiled: dict[str, jinja2.Template] = {}

    def render(self, template: str, **view: Any) -> str:
        """Return the text of a template.

        Raises:
            TemplateError: It is missing, broken, or uses a name that its view does not have.
        """
        try:
            if template not in self._compiled:
                self._compiled[template] = self._environment.get_template(template)
            return self._compiled[template].render(**view)
        except jinja2.TemplateNotFound as error:
            wanted = "" if error.name == template else f", which {template} asks for,"
            raise TemplateError(f"the template {error.name}{wanted} is missing") from error
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{error.filename or error.name}, line {error.lineno}: {error.message}") from error
        except jinja2.UndefinedError as error:
            raise TemplateError(
                f"{_place(error, template)}: {error.message}", hint="see docs/templates.md for what there is"
            ) from error
        except Exception as error:
            raise TemplateError(f"{_place(error, template)}: {type(error).__name__}: {error}") from error

    def text(self, name: str) -> str:
        """Return a file of the templates as it is: the user's, else the bundled one."""
        loader = self._environment.loader
        assert loader is not None
        return loader.get_source(self._environment, name)[0]

    def runtime(self) -> list[str]:
        """Return the names of the files that are copied into every suite as they are, in order."""
        folder = bundled_templates() / RUNTIME
        return sorted(f"{RUNTIME}/{file.name}" for file in folder.glob("*.py"))


def _place(error: BaseException, template: str) -> str:
    """Return the innermost place of a template in a traceback, which jinja2 has rewritten to point into them."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename.endswith(_SUFFIX)]
    return f"{inside[-1].filename}, line {inside[-1].lineno}" if inside else template
