"""The reminders of one person: a digest a working day, what was in it, and what was escalated to them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from core.paging import KeysetPage, Order, keyset_page
from core.workdays import WorkdayCalendar
from duties.models import Digest, Duty, Reminder
from duties.rules import STAGES, NewlyReached, newly_reached
from org.models import User
from org.querysets import scope_of
from reports.selectors.workbench import Line, lines

DIGESTS_SHOWN = 20
DUTIES_SHOWN = 100
ESCALATED_SHOWN = 50


@dataclass(frozen=True)
class Stage:
    """One stage of a digest: how many duties newly reached it that day, and those of them still open."""

    name: str
    told: int
    lines: list[Line] = field(default_factory=list)

    @property
    def closed(self) -> int:
        """Those that were closed, or handed over, since."""
        return max(self.told - len(self.lines), 0)


@dataclass(frozen=True)
class Escalated:
    """A late duty that was escalated to the reader."""

    line: Line
    stage: str
    raised_on: dt.date


@dataclass(frozen=True)
class ReminderPage:
    """The digests by day, one of them with its stages, and the escalations that are still open."""

    digests: KeysetPage
    chosen: Digest | None
    stages: list[Stage]
    escalated: list[Escalated]
    cut_off: bool

    @property
    def news(self) -> bool:
        return any(digest.read_at is None for digest in self.digests.rows)


def reminder_page(
    user: User,
    *,
    today: dt.date,
    calendar: WorkdayCalendar,
    day: dt.date | None,
    params: Mapping[str, str],
) -> ReminderPage:
    """The reminders of a person with the digest of a day (default: the newest); five queries or so."""
    own = Digest.objects.filter(recipient=user)
    page = keyset_page(own, Order("business_date", descending=True), params, DIGESTS_SHOWN)
    chosen = _chosen(own, page, day)
    bounds = newly_reached(chosen.business_date, calendar) if chosen else []
    mine = list(_still_open(user, chosen, bounds)[: DUTIES_SHOWN + 1]) if chosen else []
    raised = _escalations(user)
    # Names of borrowers and other subjects are looked up once for both lists.
    named = {
        line.duty.pk: line for line in lines([*mine[:DUTIES_SHOWN], *(row.duty for row in raised)], today)
    }
    return ReminderPage(
        digests=page,
        chosen=chosen,
        stages=_stages(chosen, bounds, [named[duty.pk] for duty in mine[:DUTIES_SHOWN]]),
        escalated=[Escalated(named[row.duty_id], row.stage, row.raised_on) for row in raised],
        cut_off=len(mine) > DUTIES_SHOWN,
    )


def _chosen(own: QuerySet[Digest], page: KeysetPage, day: dt.date | None) -> Digest | None:
    if day is None:
        return page.rows[0] if page.rows else None
    shown = next((digest for digest in page.rows if digest.business_date == day), None)
    return shown or own.filter(business_date=day).first()


def _still_open(user: User, digest: Digest, bounds: list[NewlyReached]) -> QuerySet[Duty]:
    """Duties of the digest that are still open; by the index on the owner's open duties."""
    newly = Q()
    for bound in bounds:
        newly |= Q(due_on__gt=bound.before, due_on__lte=bound.newest)
        newly |= Q(opens_on__gte=bound.since, due_on__lte=bound.newest)
    rows = Duty.objects.open().filter(newly, owner=user, opens_on__lte=digest.business_date)
    return rows.select_related("owner", "branch", "rule").order_by("due_on", "id")


def _stages(digest: Digest | None, bounds: list[NewlyReached], found: list[Line]) -> list[Stage]:
    """The latest stage first, as the most urgent one."""
    if digest is None:
        return []
    by_stage: dict[str, list[Line]] = {stage.name: [] for stage in STAGES}
    for line in found:
        reached = [bound for bound in bounds if bound.includes(line.duty.due_on, line.duty.opens_on)]
        by_stage[reached[-1].stage.name].append(line)
    stages = [Stage(name, digest.counts.get(name) or 0, shown) for name, shown in by_stage.items()]
    return [stage for stage in reversed(stages) if stage.told or stage.lines]


def _escalations(user: User) -> list[Reminder]:
    """Open duties that were escalated to the person and lie in their scope, newest first; one query."""
    raised = Reminder.objects.filter(
        scope_of(user).q(branch="duty__branch", owner="duty__owner"), recipient=user, duty__state="open"
    )
    newest = raised.select_related("duty__owner", "duty__branch", "duty__rule").order_by("-raised_on", "-pk")
    return list(newest[:ESCALATED_SHOWN])
