"""The catalogue of named parameters: what a policy officer may decide, and between which values.

An app lists its readings as a frozen dataclass (``core.readings``) and registers it in ``ready()``; every
field is one parameter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.readings import Readings


@dataclass(frozen=True)
class ParameterSpec:
    """One parameter: its default comes first among the allowed values."""

    name: str
    allowed: tuple[str, ...]
    help: Any

    @property
    def default(self) -> str:
        return self.allowed[0]


_catalogue: dict[str, ParameterSpec] = {}


def register(readings_type: type[Readings], questions: Mapping[str, Any] | None = None) -> None:
    """Take an app's readings into the catalogue; ``questions`` say what each one decides."""
    texts = questions or {}
    for name, allowed in readings_type.allowed().items():
        _catalogue[name] = ParameterSpec(name, allowed, texts.get(name, ""))


def catalogue() -> dict[str, ParameterSpec]:
    """All parameters by name, in alphabetical order."""
    return dict(sorted(_catalogue.items()))


def check_value(name: str, value: str) -> None:
    """ApplicationError when there is no such parameter, or the value is not among its choices."""
    spec = _catalogue.get(name)
    if spec is None:
        raise ApplicationError("unknown_parameter", _("There is no parameter %(name)s.") % {"name": name})
    if value not in spec.allowed:
        raise ApplicationError(
            "value_not_allowed",
            _("%(name)s is one of: %(values)s.") % {"name": name, "values": ", ".join(spec.allowed)},
            details={"value": list(spec.allowed)},
        )
