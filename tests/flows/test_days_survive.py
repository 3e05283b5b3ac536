"""A month of days is the same whichever way it is run: day by day, again, late, killed, shared.

Every bank here is a database of its own, worked by real processes.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from postloan.demo.deliveries import write_delivery
from postloan.demo.portfolio import build
from postloan.demo.timeline import DAILY_SINCE as START
from postloan.demo.timeline import days
from tests.flows.bank import Bank

LAST = date(2026, 7, 6)
# Facts with a date of their own. The rest of a delivery (a name, a phone, a new schedule) has none: it is
# known from the delivery that brings it, so a bank that catches up knows it for the missed days, too.
DATED = ("repayments", "regimes", "classifications")
Branches = Callable[[], Bank]


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The whole book on the first day, then every day's dated facts."""
    folder, book = tmp_path_factory.mktemp("deliveries"), build(customers=40, loans=60)
    whole = {name: list(rows) for name, rows in book.delivery(None, START).items()}
    known = {row["loan_no"] for row in whole["loans"]}
    paths = [write_delivery(folder, START, whole)]
    for after, on in pairwise(days(START, LAST)):
        news = book.delivery(after, on)
        dated = {name: [row for row in news.get(name, ()) if row["loan_no"] in known] for name in DATED}
        paths.append(write_delivery(folder, on, {name: rows for name, rows in dated.items() if rows}))
    return paths


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory, deliveries: list[Path]) -> Iterator[Bank]:
    """A bank with every delivery of the month imported and no day closed: a month of missed days."""
    bank = Bank(tmp_path_factory.mktemp("delivered")).create()
    bank.play(("migrate", "-v0", "--skip-checks"), *(("import_core", str(path)) for path in deliveries))
    yield bank
    bank.drop()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, delivered: Bank) -> Iterator[Branches]:
    """Copies of the delivered bank."""
    copies: list[Bank] = []

    def copy() -> Bank:
        copies.append(delivered.copy(tmp_path_factory.mktemp("bank")))
        return copies[-1]

    yield copy
    for bank in copies:
        bank.drop()


@pytest.fixture(scope="module")
def expected(other: Branches) -> tuple[list[dict[str, Any]], float]:
    """The duties after one undisturbed catch-up, and how long its work took."""
    bank = other()
    process = bank.start("run_day", "--date", str(LAST))
    started = time.perf_counter()
    _out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-3000:]
    return bank.duties(), time.perf_counter() - started


def test_the_month_brings_duties_of_every_kind(expected: tuple[list[dict[str, Any]], float]) -> None:
    codes = {duty["code"] for duty in expected[0]}
    assert codes >= {
        "FIRST_INSPECTION",
        "REPORT_MONTH",
        "REPORT_QUARTER",
        "REPORT_HALF",
        "LOG_MONTHLY_MIN",
        "MATURITY_NOTICE",
        "INTEREST_REMINDER",
        "INTEREST_CHECK",
        "DUN_INTEREST",
        "BREACH_REPORT",
        "NPL_DUN",
        "COLLATERAL_CHECK",
    }


def test_day_by_day_with_its_delivery_gives_the_same(
    tmp_path: Path, deliveries: list[Path], expected: tuple[list[dict[str, Any]], float]
) -> None:
    """The delivery of a day, then its run, every day twice: nobody knew the future, nothing differs."""
    bank = Bank(tmp_path).create()
    commands: list[tuple[str, ...]] = []
    for path in deliveries:
        run = ("run_day", "--date", path.stem.removeprefix("core-"))
        commands += [("import_core", str(path)), run, run]
    bank.play(("migrate", "-v0", "--skip-checks"), *commands)
    again = bank.manage("run_day", "--date", str(LAST))
    assert "Nothing to do" in again
    assert bank.duties() == expected[0]
    bank.drop()


def test_three_days_late_gives_the_same(
    other: Branches, expected: tuple[list[dict[str, Any]], float]
) -> None:
    bank = other()
    late = [f"2026-06-{day}" for day in range(17, 31, 3)]
    bank.play(*(("run_day", "--date", day) for day in [*late, "2026-07-03", str(LAST)]))
    assert bank.duties() == expected[0]


def test_kill_at_any_point_loses_and_doubles_nothing(
    other: Branches, expected: tuple[list[dict[str, Any]], float]
) -> None:
    bank, (duties, seconds) = other(), expected
    moments = random.Random(20260706)
    kills = 0
    for _ in range(12):
        if not bank.manage_and_kill(moments.uniform(0.05, seconds / 4), "run_day", "--date", str(LAST)):
            break
        kills += 1
    assert kills >= 3
    bank.manage("run_day", "--date", str(LAST))
    assert bank.duties() == duties
    bank.manage("verify_audit")


def test_two_runs_at_once_do_not_meet(other: Branches, expected: tuple[list[dict[str, Any]], float]) -> None:
    bank = other()
    first = bank.start("run_day", "--date", str(LAST))
    second = bank.start("run_day", "--date", str(LAST))
    outcomes = sorted(process.wait(timeout=300) for process in (first, second))
    for process in (first, second):
        process.communicate()
    assert outcomes[0] == 0
    assert bank.duties() == expected[0]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="blocks are shared on PostgreSQL")
@pytest.mark.services
def test_workers_share_the_day_and_one_of_them_dies(
    other: Branches, expected: tuple[list[dict[str, Any]], float]
) -> None:
    """Real Celery workers take blocks of branches; the rows are the same, also when one is killed."""
    bank = other()
    bank.manage("run_day", "--date", "2026-06-29")
    shared = {"REDIS_URL": "redis://127.0.0.1:6379/8", "DAILY_RUN_LOANS_PER_BLOCK": "20"}
    workers = [bank.start_worker(**shared) for _ in range(2)]
    try:
        bank.manage("run_day", "--date", "2026-07-01", **shared)
        workers[0].kill()
        bank.manage("run_day", "--date", str(LAST), **shared)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert bank.duties() == expected[0]
    assert len(bank.workers()) > 1
