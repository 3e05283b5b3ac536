"""Brings the demo's deliveries into the database, day by day, the way a bank's would come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import ApplicationError
from core.models import AuditEvent, BusinessDate
from loans.importers.delivery import import_delivery
from org.models import Branch
from postloan.daily_run import run_days
from postloan.demo.acting import act, read_reminders
from postloan.demo.portfolio import build, write_all
from postloan.demo.timeline import FIRST_DELIVERY, LAST_DELIVERY, days
from postloan.demo.words import words

LOADED = "demo.loaded"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayLoaded:
    """What a day brought: the duties that people closed on the morning after, and the seconds it took."""

    on: date
    number: int
    of: int
    closed: int
    seconds: float


def is_loaded() -> bool:
    """Whether the whole demo has been loaded into this database before."""
    return AuditEvent.objects.filter(action=LOADED).exists()


def require_demo_database() -> None:
    """ApplicationError("foreign_book") when the database holds a book that is not the demo's."""
    current = BusinessDate.objects.first()
    ours = Branch.objects.filter(name=words()["branches"][0]["name"]).exists()
    if current and not (ours and current.started_on == FIRST_DELIVERY):
        raise ApplicationError(
            "foreign_book",
            _("The database %(name)s holds another book; the demo leaves it alone. Give it one of its own.")
            % {"name": connection.settings_dict["NAME"]},
        )


def load(folder: Path, number: int | None, report: Callable[[DayLoaded], None]) -> None:
    """Import, run and act every day that is missing; the first `number` days only, if given.

    Broken off anywhere, it goes on from there: the import and the run know by themselves what is done,
    and the people's acts depend on the duty alone.
    """
    require_demo_database()
    if is_loaded():
        return
    wanted = days(FIRST_DELIVERY, LAST_DELIVERY)[:number]
    missing = [on for on in wanted if on + ONE_DAY >= _business_date()]
    paths = write_all(folder, build()) if _business_date() <= wanted[-1] else {}
    for done in _load_days(paths, missing, len(wanted)):
        report(done)
    if wanted[-1] == LAST_DELIVERY:
        read_reminders()
        with transaction.atomic():
            audit.record(LOADED, business_date=LAST_DELIVERY + ONE_DAY)


def _load_days(paths: dict[date, Path], missing: list[date], of: int) -> Iterator[DayLoaded]:
    imported: set[date] = set()
    for number, on in enumerate(missing, start=of - len(missing) + 1):
        started = clock.stopwatch()
        if on >= _business_date():
            delivered = min(day for day in paths if day >= on)
            if delivered not in imported:
                _import(paths[delivered])
                imported.add(delivered)
            run_days(on)
        closed = act(on + ONE_DAY)
        yield DayLoaded(on, number, of, closed, clock.stopwatch() - started)


def _import(path: Path) -> None:
    """ApplicationError("delivery_refused") with what the import says against the demo's own delivery."""
    report = import_delivery(path)
    if report.exit_code:
        found = [*report.problems, *map(str, report.rejects[:10])]
        raise ApplicationError("delivery_refused", "\n".join([f"{path.name}: {report.message}", *found]))


def _business_date() -> date:
    """The date the bank works on; the first delivery's before there is any."""
    current = BusinessDate.objects.first()
    return current.current if current else FIRST_DELIVERY
