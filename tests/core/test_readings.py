"""Named choices and values with effective dates."""

from dataclasses import dataclass

import pytest

from core.history import value_on
from core.readings import Readings, reading
from tests.handbook import day


@dataclass(frozen=True)
class Choices(Readings):
    colour: str = reading("red", "green")
    size: str = reading("small", "large")


def test_from_values_takes_what_belongs_here():
    assert Choices.from_values({"size": "large", "taste": "sweet"}) == Choices(colour="red", size="large")


def test_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="colour=blue: one of red, green expected"):
        Choices(colour="blue")


def test_allowed_lists_the_default_first():
    assert Choices.allowed() == {"colour": ("red", "green"), "size": ("small", "large")}


@pytest.mark.parametrize(
    ("on", "value"),
    [("2024-12-31", "a"), ("2025-01-01", "a"), ("2025-05-31", "a"), ("2025-06-01", "b"), ("2030-01-01", "b")],
)
def test_value_on(on, value):
    assert value_on([(day("2025-01-01"), "a"), (day("2025-06-01"), "b")], day(on)) == value
