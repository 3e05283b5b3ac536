"""The whole run on a generated book: what each step costs, and that a closed day stays as it was."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import StepRun
from duties.models import Digest, Duty, Reminder
from loans.importers import import_delivery
from postloan import daily_run
from postloan.daily_run import STEPS, Step, run_days
from postloan.demo.deliveries import write_delivery
from postloan.demo.portfolio import build
from postloan.demo.timeline import DAILY_SINCE as START
from tests.builders import day

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 4
NOT_WORK = ("SAVEPOINT", "RELEASE", "ANALYZE")


def deliver(folder: Path, loans: int) -> None:
    book = build(customers=max(loans * 2 // 3, 10), loans=loans)
    rows = {name: list(rows) for name, rows in book.delivery(None, START).items()}
    assert import_delivery(write_delivery(folder, START, rows)).exit_code == 0


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The most statements that each step has taken on any day so far."""
    most: dict[str, int] = {}

    def counted(step: Step) -> Step:
        def run(context: Any) -> Any:
            with CaptureQueriesContext(connection) as queries:
                result = step.run(context)
            worked = [q for q in queries if not q["sql"].startswith(NOT_WORK)]
            most[step.name] = max(most.get(step.name, 0), len(worked))
            return result

        return replace(step, run=run)

    monkeypatch.setattr(daily_run, "STEPS", tuple(counted(step) for step in STEPS))
    return most


@pytest.mark.parametrize("loans", [15, 60])
def test_steps_take_few_statements_whatever_the_book(
    tmp_path: Path, statements: dict[str, int], loans: int
) -> None:
    """Going live, an ordinary day, and the first days of a month and a half-year (goals: at most four)."""
    deliver(tmp_path, loans)
    run_days(day("2026-07-02"), without_delivery=True)
    assert statements.keys() == {step.name for step in STEPS}
    assert {name: n for name, n in statements.items() if n > MOST_STATEMENTS} == {}


def test_closed_days_are_not_touched_again(tmp_path: Path) -> None:
    deliver(tmp_path, 30)
    run_days(day("2026-07-02"), without_delivery=True)
    tables = (Duty, Reminder, Digest, StepRun)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    assert run_days(day("2026-07-02"), without_delivery=True) == []
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
