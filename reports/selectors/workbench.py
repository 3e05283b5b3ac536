"""What a person owes: one list by urgency, counts per section, who is behind."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from core import subjects
from core.paging import CappedCount, KeysetPage, Order, keyset_page
from duties.enums import DutyState
from duties.models import Duty
from loans.models import Borrower
from org.models import User
from reports.models import SavedView

PAGE = 50
LOANS_SHOWN = 3
BEHIND_SHOWN = 15

OVERDUE, TODAY, WEEK, LATER, CLOSED = "overdue", "today", "week", "later", "closed"
SECTIONS = (OVERDUE, TODAY, WEEK, LATER)


def week_end(today: dt.date) -> dt.date:
    """The Sunday of the week."""
    return today + dt.timedelta(days=6 - today.weekday())


def section_of(due: dt.date, today: dt.date) -> str:
    """The section of an open duty."""
    if due < today:
        return OVERDUE
    if due == today:
        return TODAY
    return WEEK if due <= week_end(today) else LATER


def section_bounds(today: dt.date) -> dict[str, Q]:
    """The same sections as ranges of the deadline."""
    return {
        OVERDUE: Q(due_on__lt=today),
        TODAY: Q(due_on=today),
        WEEK: Q(due_on__gt=today, due_on__lte=week_end(today)),
        LATER: Q(due_on__gt=week_end(today)),
    }


@dataclass(frozen=True)
class Line:
    """One duty of the list with the names that a reader needs."""

    duty: Duty
    section: str
    title: str
    loans: list[str]
    more_loans: int
    detail: str = ""

    @property
    def late(self) -> bool:
        return self.section == OVERDUE


def in_state(duties: QuerySet[Duty], state: str) -> QuerySet[Duty]:
    """Open duties, or those closed in a state; spelled as the partial indexes are."""
    if state == DutyState.OPEN:
        return duties.filter(state=DutyState.OPEN)
    return duties.filter(closed_on__isnull=False, state=state)


def worklist(
    duties: QuerySet[Duty], *, state: str, section: str, today: dt.date, params: Mapping[str, str]
) -> KeysetPage:
    """A page of lines: open duties by deadline, closed ones newest first. Three queries at most.

    ``duties`` must have been narrowed to what the reader may see.
    """
    chosen = in_state(duties, state).select_related("owner", "branch", "rule")
    if state == DutyState.OPEN:
        if section in SECTIONS:
            chosen = chosen.filter(section_bounds(today)[section])
        page = keyset_page(chosen, Order("due_on"), params, PAGE)
    else:
        page = keyset_page(chosen, Order("closed_on", descending=True), params, PAGE)
    return KeysetPage(lines(page.rows, today), after=page.after, before=page.before)


def lines(duties: Iterable[Duty], today: dt.date) -> list[Line]:
    """The duties with borrowers' names and other subjects' titles, each kind looked up once."""
    duties = list(duties)
    names = borrower_names({duty.borrower_no for duty in duties if duty.borrower_no})
    others = subjects.titles((duty.subject_type, duty.subject_no) for duty in duties if not duty.borrower_no)
    return [_line(duty, names, others, today) for duty in duties]


def _line(
    duty: Duty, names: Mapping[str, str], others: Mapping[tuple[str, str], str], today: dt.date
) -> Line:
    title = names.get(duty.borrower_no or "") or others.get((duty.subject_type, duty.subject_no), "")
    section = section_of(duty.due_on, today) if duty.state == DutyState.OPEN else CLOSED
    loans = duty.loan_nos
    return Line(
        duty=duty,
        section=section,
        title=title or duty.borrower_no or duty.subject_no,
        loans=loans[:LOANS_SHOWN],
        more_loans=max(len(loans) - LOANS_SHOWN, 0),
        detail=str(duty.explanation.get("guarantor", "")) if duty.explanation else "",
    )


def borrower_names(numbers: Iterable[str]) -> dict[str, str]:
    """Names by borrower number; no query for none."""
    numbers = list(numbers)
    if not numbers:
        return {}
    return dict(Borrower.objects.filter(borrower_no__in=numbers).values_list("borrower_no", "name"))


def section_counts(duties: QuerySet[Duty], *, today: dt.date, user: User) -> dict[str, int]:
    """Open duties per section, each counted up to the cap; one query."""
    opened = in_state(duties, DutyState.OPEN)
    counts = {name: CappedCount(opened.filter(bound)) for name, bound in section_bounds(today).items()}
    one: QuerySet[Any, Any] = User.objects.filter(pk=user.pk).order_by()
    row = one.values(**counts).first() or {}
    return {name: row.get(name) or 0 for name in SECTIONS}


def behind(duties: QuerySet[Duty], today: dt.date) -> list[dict[str, Any]]:
    """People with overdue duties, most first: their number, the oldest, and what is due this week."""
    pressing = in_state(duties, DutyState.OPEN).filter(due_on__lte=week_end(today), owner__isnull=False)
    late = Q(due_on__lt=today)
    rows = (
        pressing.order_by()
        .values("owner__employee_no", "owner__name", "owner__branch__name")
        .annotate(
            overdue=Count("pk", filter=late),
            oldest=Min("due_on", filter=late),
            today=Count("pk", filter=Q(due_on=today)),
            week=Count("pk", filter=Q(due_on__gt=today)),
        )
        .filter(overdue__gt=0)
        .order_by("-overdue", "owner__employee_no")
    )
    return [dict(row) for row in rows[:BEHIND_SHOWN]]


def saved_views(user: User, page: str) -> list[SavedView]:
    return list(SavedView.objects.filter(owner=user, page=page))
