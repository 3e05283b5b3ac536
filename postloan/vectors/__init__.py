"""The published vectors, answered by the product's own rules (contracts section 4)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from postloan.vectors.adapters import ADAPTERS, Case, Json, plain
from postloan.vectors.policy import Policy

__all__ = ["Failure", "Policy", "check", "load_cases"]

CASE_KEYS = {"id", "rule", "input", "expected"}


@dataclass(frozen=True)
class Failure:
    """A case whose answer is not the expected one, or that could not be answered."""

    case_id: str
    rule: str
    expected: Json
    got: Json


def load_cases(folder: Path) -> list[Case]:
    """The cases of all `*.json` files of a folder, in order of file name.

    ValueError when there are none, or when a file is not a list of cases.
    """
    cases = [case for file in sorted(folder.glob("*.json")) for case in _cases_in(file)]
    if not cases:
        raise ValueError(f"no vectors in {folder}")
    return cases


def _cases_in(file: Path) -> list[Case]:
    try:
        cases = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error
    if not isinstance(cases, list) or not all(isinstance(c, dict) and c.keys() >= CASE_KEYS for c in cases):
        raise ValueError(f"{file.name}: a list of cases with {', '.join(sorted(CASE_KEYS))} expected")
    return cases


def check(cases: Iterable[Case], policy: Policy, reading: str = "") -> Iterator[Failure | None]:
    """One result per case, None for a pass; under a reading `name=value`, its alternatives count."""
    for case in cases:
        expected = (case.get("alternatives") or {}).get(reading, case["expected"])
        got = _answer(case, policy)
        yield None if got == expected else Failure(case["id"], case["rule"], expected, got)


def _answer(case: Case, policy: Policy) -> Json:
    try:
        return plain(ADAPTERS[case["rule"]](case["input"], policy))
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        return repr(error)  # a case that makes no sense fails, the others are still answered
