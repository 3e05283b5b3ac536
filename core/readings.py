"""Readings: named choices where the handbook leaves a point open, as immutable values.

An app lists its readings as a frozen dataclass on `Readings`, one field per name made with
`reading`; the policy officer's choice arrives as text by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self


def reading(default: str, *alternatives: str) -> Any:
    """A dataclass field that takes the default or one of the alternatives."""
    return field(default=default, metadata={"allowed": (default, *alternatives)})


@dataclass(frozen=True)
class Readings:
    """Base of an app's readings; refuses a value that is not among a field's choices."""

    def __post_init__(self) -> None:
        for name, allowed in self.allowed().items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}={getattr(self, name)}: one of {', '.join(allowed)} expected")

    @classmethod
    def allowed(cls) -> dict[str, tuple[str, ...]]:
        """Every name with its choices, the default first."""
        return {f.name: f.metadata["allowed"] for f in fields(cls)}

    @classmethod
    def from_values(cls, values: Mapping[str, str]) -> Self:
        """The readings with those values whose names belong here; other names are ignored."""
        return cls(**{name: values[name] for name in cls.allowed() if name in values})
