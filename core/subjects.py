"""The registry of subjects: what duties, approvals, documents and audit need to know of the records they
speak about, without importing them.

Every app registers its kinds in ``ready()``. A kind that nobody registered is shown by its number, has no
page, and is visible to nobody.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.forms import model_to_dict

from core.digests import content_hash


@dataclass(frozen=True)
class Verdict:
    """What an approval decided about a subject, as told to the app that owns it.

    ``actor`` signed last; ``applicant_no`` asked; ``payload`` is what was submitted.
    """

    kind: str
    subject_no: str
    request_no: str
    actor: Any
    applicant_no: str
    business_date: dt.date
    opinion: str
    payload: Mapping[str, Any] = field(default_factory=dict)


Titles = Callable[[list[str]], dict[str, str]]
OnVerdict = Callable[[Verdict], None]
Reading = Callable[[Any, str], tuple[str, Mapping[str, Any]]]


def _visible_to_nobody(user: Any, no: str) -> bool:
    return False


@dataclass(frozen=True)
class Subject:
    """How one kind of record is named, opened, guarded and told about approvals."""

    title: Titles
    url: Callable[[str], str | None] = lambda no: None
    visible_to: Callable[[Any, str], bool] = _visible_to_nobody
    reading: Reading | None = None
    content_hash: Callable[[str], str] | None = None
    on_approved: OnVerdict | None = None
    on_rejected: OnVerdict | None = None
    on_withdrawn: OnVerdict | None = None


UNKNOWN = Subject(title=lambda numbers: {})
_subjects: dict[str, Subject] = {}


def register(
    subject_type: str,
    *,
    title: Titles,
    visible_to: Callable[[Any, str], bool],
    url: Callable[[str], str | None] = lambda no: None,
    reading: Reading | None = None,
    content_hash: Callable[[str], str] | None = None,
    on_approved: OnVerdict | None = None,
    on_rejected: OnVerdict | None = None,
    on_withdrawn: OnVerdict | None = None,
) -> None:
    """Tell about one kind of record.

    ``title(numbers)`` gives {number: title} in one query; ``url(number)`` its page or None;
    ``visible_to(user, number)`` whether the user may see it; ``reading(user, number)`` a template and its
    values that show the record where somebody signs it; ``content_hash(number)`` a digest of what a
    signature vouches for, so that an approval notices a later change; ``on_approved`` and ``on_rejected``
    are called in the transaction of the last decision (``on_rejected`` for a return, too), ``on_withdrawn``
    in that of the applicant who takes the request back, who is its actor; a Conflict keeps it standing.
    """
    _subjects[subject_type] = Subject(
        title, url, visible_to, reading, content_hash, on_approved, on_rejected, on_withdrawn
    )


def get(subject_type: str) -> Subject:
    """The registered kind, or one that shows nothing to anybody."""
    return _subjects.get(subject_type, UNKNOWN)


def titles(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Titles of many (type, number) pairs, one query a kind; the number where there is no title."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for subject_type, number in pairs:
        by_type[subject_type].add(number)
    return {
        (subject_type, number): known.get(number) or number
        for subject_type, numbers in by_type.items()
        for known in [get(subject_type).title(sorted(numbers))]
        for number in numbers
    }


def title(subject_type: str, number: str) -> str:
    return titles([(subject_type, number)])[subject_type, number]


def url(subject_type: str, number: str) -> str | None:
    return get(subject_type).url(number)


def visible_to(user: Any, subject_type: str, number: str) -> bool:
    """Whether the user may see the record; False for a kind that nobody registered."""
    return get(subject_type).visible_to(user, number)


def row_content(row: models.Model) -> str:
    """What a signature under a whole row vouches for: every column of it."""
    return content_hash(model_to_dict(row))
