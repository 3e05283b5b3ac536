"""The one application error: a code for machines, a message for people, details for forms and API."""

from collections.abc import Mapping
from typing import Any


class ApplicationError(Exception):
    """A refusal that people can act on.

    ``code`` is stable (``snake_case``), ``message`` is translated, ``details`` maps a field name (or
    ``""``) to a list of messages or carries figures. ``status`` is the HTTP status that pages and API use.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: Any,
        *,
        details: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.details = dict(details or {})
        if status is not None:
            self.status = status


class PermissionRefused(ApplicationError):
    """The actor may see the row but not do this to it."""

    status = 403


class Conflict(ApplicationError):
    """Somebody else was faster, or the form is stale; nothing was changed."""

    status = 409
