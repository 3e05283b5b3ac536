"""A record that can be submitted, and routes of one to three levels."""

import datetime as dt

import pytest

from approvals.models import Route, RouteStep
from approvals.services import submit
from core import subjects
from org.enums import Role
from tests.cast import Cast

DAY = dt.date(2026, 6, 1)  # a Monday

verdicts: list[tuple[str, subjects.Verdict]] = []
contents: dict[str, str] = {}


@pytest.fixture(autouse=True)
def sample_subject(monkeypatch):
    """A kind of record without a table: its content is a dictionary entry."""
    monkeypatch.setattr(subjects, "_subjects", dict(subjects._subjects))
    verdicts.clear()
    contents.clear()
    subjects.register(
        "sample",
        title=lambda numbers: {number: f"Sample {number}" for number in numbers},
        visible_to=lambda user, number: True,
        content_hash=lambda number: contents.get(number, "hash"),
        on_approved=lambda verdict: verdicts.append(("approved", verdict)),
        on_rejected=lambda verdict: verdicts.append(("rejected", verdict)),
    )


@pytest.fixture
def route(db):
    """Supervisor, then department head, then branch manager; each within one working day."""
    made = Route.objects.create(kind="SAMPLE", title="Sample", effective_from=DAY, state="published")
    roles = (Role.SUPERVISOR, Role.DEPARTMENT_HEAD, Role.BRANCH_MANAGER)
    RouteStep.objects.bulk_create(
        [
            RouteStep(route=made, level=level, role=role, sla_workdays=level, clause="T-1")
            for level, role in enumerate(roles, start=1)
        ]
    )
    return made


@pytest.fixture
def submitted(cast: Cast, route):
    """The request of the relationship manager in S01."""
    return ask(cast)


def ask(cast: Cast, subject_no: str = "R1", **changes):
    fields = {
        "applicant": cast.rm_a,
        "business_date": DAY,
        "content_hash": "hash",
        "branch": cast.branches["S01"],
        "title": "Sample R1",
        "payload": {"amount": "1.00"},
    }
    return submit("SAMPLE", "sample", subject_no, **{**fields, **changes})
