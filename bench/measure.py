"""The measurements: imports, days, pages, each beside the database doing the bare minimum."""

import datetime as dt
import resource
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from bench.baseline import Written, bulk_load, repeat_import, write_again
from bench.book import Book, make_book
from bench.files import write_day, write_delivery
from core.clock import stopwatch
from core.models import StepRun
from duties.models import Duty
from duties.planning import ONE_DAY
from loans.importers import import_delivery
from loans.models import Loan
from org.models import User
from postloan.daily_run import next_date, run_days


@dataclass
class Line:
    """One line of the table: seconds or milliseconds of the product and of the baseline."""

    name: str
    ours: float
    base: float | None = None
    unit: str = "s"
    note: str = ""

    def __str__(self) -> str:
        ratio = f"{self.ours / self.base:6.2f}" if self.base else "     -"
        base = f"{self.base:10.3f}" if self.base else "         -"
        return f"{self.name:<44} {self.ours:10.3f} {base} {self.unit:<2} {ratio}  {self.note}"


@dataclass
class Table:
    lines: list[Line] = field(default_factory=list)

    def add(self, *args: Any, **options: Any) -> None:
        self.lines.append(Line(*args, **options))
        print(self.lines[-1], flush=True)


def run(*, loans: int, days: int, folder: Path) -> None:
    """Measure everything on an empty database and print the table as it grows."""
    say(f"{connection.vendor}, {loans:,} loans, {dt.date.today():%Y-%m-%d}")  # noqa: DTZ011, TID251
    say(f"{'':<44} {'product':>10} {'baseline':>10}    {'ratio':>6}")
    table = Table()
    call_command("migrate", verbosity=0, skip_checks=True)
    book = make_book(loans)
    measure_import(table, book, folder / "deliveries")
    measure_days(table, book, folder / "deliveries", days)
    measure_pages(table)
    from bench.office import measure_office  # noqa: PLC0415 - it measures with what stands here

    measure_office(table)


def say(text: str) -> None:
    print(text, flush=True)


def timed(work: Callable[[], Any]) -> float:
    started = stopwatch()
    work()
    return stopwatch() - started


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# --- import -------------------------------------------------------------------------------------
def measure_import(table: Table, book: Book, folder: Path) -> None:
    """A whole delivery into an empty book, then one per cent; against bulk load and one merge a table."""
    whole = write_delivery(book, folder / "whole")
    before = peak_mb()
    ours = timed(lambda: import_delivery(whole))
    memory = peak_mb() - before
    vacuum()
    load, merge = bulk_load(whole), repeat_import()
    table.add("import, whole delivery", ours, load + merge, note=f"+{memory:.0f} MB; load {load:.1f} s")
    table.add("import, the same again", timed(lambda: import_delivery(whole)), note="no-op by its digest")
    one_percent = write_day(book, folder / "percent", share=0.01)
    small = timed(lambda: import_delivery(one_percent))
    table.add("import, one per cent of the payers", small, ours, note="baseline: the whole delivery")


# --- days ---------------------------------------------------------------------------------------
def measure_days(table: Table, book: Book, folder: Path, days: int) -> None:
    """Going live, normal days, a month's opening, three missed days, a second run."""
    measure_day(table, "day of going live")
    ratios = []
    for number in range(1, days + 1):
        deliver(book, folder, number)
        ratios.append(measure_day(table, f"normal day {number}"))
    say(f"{'normal day, median ratio':<44} {'':>10} {'':>10}    {statistics.median(ratios):6.2f}")
    late = days + 1
    deliver(book, folder, late + 2)
    one = timed(lambda: run_days(next_date()))
    three = timed(lambda: run_days(next_date() + ONE_DAY))
    table.add("two further days of three caught up", three, 2 * one, note="baseline: the first, twice")
    table.add("second run, nothing to do", timed(lambda: run_days(next_date() - ONE_DAY)), one)


def deliver(book: Book, folder: Path, number: int) -> None:
    """The delivery of the n-th day after the book's date, unless it is there; its payers pay."""
    path = write_day(book, folder / f"day{number}", after=number)
    seconds = timed(lambda: import_delivery(path))
    say(f"  delivery of day {number} taken in within {seconds:.2f} s")


def measure_day(table: Table, name: str) -> float:
    vacuum()
    written = Written()
    before = peak_mb()
    day = next_date()
    ours = timed(lambda: run_days(day))
    memory = peak_mb() - before
    base, rows = write_again(written)
    slowest = (
        StepRun.objects.filter(run__business_date=day).order_by("-seconds").values_list("step", "seconds")[:2]
    )
    detail = ", ".join(f"{step} {seconds:.1f}" for step, seconds in slowest)
    table.add(name, ours, base, note=f"{rows:,} rows, +{memory:.0f} MB; {detail}")
    return ours / base


# --- pages --------------------------------------------------------------------------------------
def measure_pages(table: Table) -> None:
    """Workbench and loan list as people open them, beside the bare query of the same rows."""
    owners = _every_fortieth_owner()
    officers = list(User.objects.filter(pk__in=owners))
    with override_settings(ALLOWED_HOSTS=["*"]):
        _page(table, "workbench of an officer", "/", officers, _bare_queue)
        _page(table, "loan list of an officer", "/loans/", officers, _bare_loans)
        heads = list(User.objects.filter(role_assignments__role="supervisor")[:20])
        _page(table, "workbench of a supervisor", "/", heads, _bare_branch_queue)
        _page(table, "approval queue of a supervisor", "/approvals/", heads, _bare_branch_queue)
        _page(table, "figures of a branch", "/portfolio/", heads, _bare_branch_queue)


def _every_fortieth_owner() -> list[int]:
    owners = Duty.objects.open().values_list("owner", flat=True).distinct().order_by("owner")
    return list(owners[:2000:40])


def _page(table: Table, name: str, url: str, people: list[User], bare: Callable[[User], Any]) -> None:
    times, base, queries = [], [], []
    for person in people:
        client = Client()
        client.force_login(person)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        queries.append(len(captured))
        for _ in range(3):
            times.append(1000 * timed(lambda: client.get(url)))  # noqa: B023 - called at once
            base.append(1000 * timed(lambda: bare(person)))  # noqa: B023
    if not times:
        return
    p95 = sorted(times)[int(len(times) * 0.95) - 1]
    table.add(
        name,
        statistics.median(times),
        statistics.median(base),
        "ms",
        f"p95 {p95:.0f} ms, {max(queries)} queries",
    )


def _bare_queue(person: User) -> Any:
    return list(Duty.objects.open().filter(owner=person).order_by("due_on", "id").values()[:50])


def _bare_branch_queue(person: User) -> Any:
    return list(Duty.objects.open().filter(branch=person.branch_id).order_by("due_on", "id").values()[:50])


def _bare_loans(person: User) -> Any:
    return list(Loan.objects.filter(officer=person).order_by("id").values()[:50])
