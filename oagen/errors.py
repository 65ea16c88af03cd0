"""What can go wrong, as one hierarchy.

OagenError                 exit code 2: the user can mend it
├── UsageError             options that do not go together
├── ConfigError            oagen.toml or pyproject.toml
├── DocumentError          the API description can't be read at all
├── TemplateError          a template is missing or asks for a name that its view lacks
├── OutputError            the suite's folder can't be written, or is not ours
├── TargetError            the API can't be reached or started
└── StoreError             a manifest or a store of findings is damaged or newer
"""


class OagenError(Exception):
    """Something that the user can mend; it is shown without a traceback.

    Args:
        message: What is wrong and where, one sentence, without secrets.
        hint: What to do about it, one sentence.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(OagenError):
    """Options of the command line contradict each other or lack one."""


class ConfigError(OagenError):
    """The configuration can't be read, or holds an unknown key or a wrong type."""


class DocumentError(OagenError):
    """The API description as a whole can't be read; nothing is generated."""


class TemplateError(OagenError):
    """A template is missing, broken, or uses a name that its view does not have."""


class OutputError(OagenError):
    """A file or folder can't be written, or belongs to somebody else."""


class TargetError(OagenError):
    """The API can't be reached, started, or trusted with traffic."""


class StoreError(OagenError):
    """A manifest or store is damaged, or was written by a newer oagen."""
