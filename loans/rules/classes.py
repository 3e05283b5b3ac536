"""The five categories, the two regimes, and the floor under a class (domain rules 2.1, CLS-1)."""

from collections.abc import Iterable
from dataclasses import dataclass

NORMAL = "normal"
SPECIAL_MENTION = "special_mention"
SUBSTANDARD = "substandard"
DOUBTFUL = "doubtful"
LOSS = "loss"

CLASSES = (NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS)
NON_PERFORMING = frozenset({SUBSTANDARD, DOUBTFUL, LOSS})

REGULAR = "regular"
KEY = "key"

REGIMES = (REGULAR, KEY)


@dataclass(frozen=True)
class FloorStep:
    """From `min_dpd` days past due on, a loan is classed at least `classification`.

    The step of the technical carve-out spares loans whose arrears are `technical` up to
    `technical_until` days (0: no carve-out).
    """

    min_dpd: int
    classification: str
    clause: str
    technical_until: int = 0


def severity(classification: str) -> int:
    """0 for normal to 4 for loss; ValueError for anything else."""
    return CLASSES.index(classification)


def worst_class(classes: Iterable[str | None]) -> str:
    """The worst of the classes given, None being no opinion; normal when there is none."""
    return max((c for c in classes if c), key=severity, default=NORMAL)


def is_non_performing(classification: str | None) -> bool:
    """Whether the class is substandard or worse."""
    return classification in NON_PERFORMING


def minimum_class(days: int, floors: Iterable[FloorStep], *, technical: bool = False) -> str:
    """The best class that so many days past due allow; a person may only go lower.

    `technical` marks arrears with a documented operational cause.
    """
    return worst_class(
        step.classification
        for step in floors
        if days >= step.min_dpd and not (technical and days <= step.technical_until)
    )
