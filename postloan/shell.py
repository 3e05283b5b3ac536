"""What stands around every page: menu by role, business date, warnings about the operation, reminders."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.enums import RunState
from core.models import DailyRun
from core.paging import CappedCount
from core.workplace import workplace
from duties.models import Digest
from loans.models import Delivery
from loans.permissions import can_read_portfolio, can_see_imports
from org.enums import Role
from org.models import User
from org.permissions import can_manage_clients
from postloan.permissions import can_read_audit, can_see_runs
from reports.permissions import sees_portfolio

LATE_AFTER = dt.timedelta(hours=30)
LOOK_AHEAD = dt.timedelta(days=45)


@dataclass(frozen=True)
class Item:
    """One line of the menu."""

    title: str
    view: str
    icon: str
    path: str

    @property
    def url(self) -> str:
        return reverse(self.view)

    @property
    def active(self) -> bool:
        """The page itself, or one below it (the workbench is the root of them all)."""
        return self.path == self.url or (self.url != "/" and self.path.startswith(self.url))


@dataclass(frozen=True)
class Group:
    """A heading of the menu with its lines."""

    title: str
    items: list[Item]


@dataclass(frozen=True)
class Banner:
    """A warning above the page; ``tone`` is ``care`` or ``alarm``."""

    text: str
    tone: str = "care"
    icon: str = "alert-triangle"
    url: str = ""
    link: str = ""


class Shell:
    """Everything is asked for only when the page shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> User:
        return self.request.user  # type: ignore[return-value]

    @property
    def today(self) -> dt.date:
        return workplace(self.request).today

    @property
    def closed(self) -> dt.date:
        return workplace(self.request).closed

    @property
    def searches(self) -> bool:
        return can_read_portfolio(self.user)

    @property
    def role_names(self) -> list[str]:
        return [str(Role(role).label) for role in sorted(self.user.roles) if role in Role.values]

    @cached_property
    def navigation(self) -> list[Group]:
        """The menu of the user's roles."""
        groups = [
            Group(_("Work"), self._work()),
            Group(_("Portfolio"), self._portfolio()),
            Group(_("Operation"), self._operation()),
        ]
        return [group for group in groups if group.items]

    def _item(self, title: str, view: str, icon: str) -> Item:
        return Item(title, view, icon, self.request.path)

    def _work(self) -> list[Item]:
        items = [
            self._item(_("Workbench"), "reports:workbench", "list-check"),
            self._item(_("Approval queue"), "approvals:queue", "signature"),
        ]
        if self.searches:
            items.append(self._item(_("Inspection reports"), "inspections:reports", "clipboard-check"))
            items.append(self._item(_("Work logs"), "inspections:logs", "notes"))
            items.append(self._item(_("Letters"), "collections:due", "mail"))
            items.append(self._item(_("Receipts to chase"), "collections:receipts", "receipt"))
        items.append(self._item(_("Reminders"), "reports:reminders", "bell"))
        return items

    def _portfolio(self) -> list[Item]:
        if not self.searches:
            return []
        items = [
            self._item(_("Borrowers"), "loans:borrowers", "users"),
            self._item(_("Loans"), "loans:loans", "cash"),
        ]
        if sees_portfolio(self.user):
            items.append(self._item(_("Portfolio figures"), "reports:portfolio", "chart-bar"))
        return items

    def _operation(self) -> list[Item]:
        items = [self._item(_("Calendar"), "core:calendar", "calendar")]
        if can_see_imports(self.user):
            items.append(self._item(_("Imports"), "loans:imports", "database-import"))
        if can_see_runs(self.user):
            items.append(self._item(_("Daily runs"), "postloan:runs", "player-play"))
        if can_read_audit(self.user):
            items.append(self._item(_("Audit trail"), "postloan:audit", "shield-check"))
        if can_manage_clients(self.user):
            items.append(self._item(_("Interfaces"), "org:clients", "key"))
        return items

    # --- warnings ---------------------------------------------------------------------------------
    @cached_property
    def _state(self) -> dict[str, Any]:
        """The last closed day, and how many digests wait; one query."""
        unread = Digest.objects.filter(recipient=self.user.pk, read_at__isnull=True)
        failed = DailyRun.objects.filter(state=RunState.FAILED, business_date__gt=OuterRef("business_date"))
        delivered = Delivery.objects.filter(complete=True, state__in=("applied", "partial"))
        newest = delivered.order_by().values("complete").annotate(newest=Max("business_date"))
        closed: QuerySet[Any, Any] = DailyRun.objects.filter(state=RunState.DONE).order_by("-business_date")
        state = (
            closed.annotate(
                unread=CappedCount(unread),
                failed_on=Subquery(failed.order_by("business_date").values("business_date")[:1]),
                delivered_to=Subquery(newest.values("newest")[:1]),
            )
            .values("business_date", "finished_at", "with_delivery", "unread", "failed_on", "delivered_to")
            .first()
        )
        return state or {"unread": 0}

    @property
    def unread(self) -> int:
        """How many digests the person has not looked at."""
        return self._state["unread"] or 0

    @cached_property
    def banners(self) -> list[Banner]:
        return list(self._banners())

    def _banners(self) -> Iterator[Banner]:
        yield from self._provisional()
        state = self._state
        if "business_date" not in state:
            return
        if state["failed_on"]:
            yield Banner(
                _("The daily run of %(date)s failed; nothing after it is up to date.")
                % {"date": state["failed_on"]},
                tone="alarm",
                **self._to_runs(),
            )
        elif clock.now() - state["finished_at"] > LATE_AFTER:
            yield Banner(
                _("The last successful daily run ended %(at)s; the next one is late.")
                % {"at": f"{state['finished_at'].astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"},
                tone="alarm",
                **self._to_runs(),
            )
        if not state["with_delivery"]:
            yield Banner(
                _(
                    "Days were closed without a core-banking delivery (newest: %(date)s). What depends on"
                    " non-payment is judged only up to that date."
                )
                % {"date": state["delivered_to"] or "–"},
                url=reverse("loans:imports") if can_see_imports(self.user) else "",
                link=_("Imports"),
            )

    def _provisional(self) -> Iterator[Banner]:
        place = workplace(self.request)
        days = [day for day in (place.today, place.today + LOOK_AHEAD) if place.calendar.is_provisional(day)]
        if days:
            yield Banner(
                _(
                    "The working days of %(year)s are not confirmed: deadlines in that year are provisional"
                    " and may move."
                )
                % {"year": days[0].year},
                icon="calendar",
                url=f"{reverse('core:calendar')}?year={days[0].year}",
                link=_("Calendar"),
            )

    def _to_runs(self) -> dict[str, str]:
        if not can_see_runs(self.user):
            return {}
        return {"url": reverse("postloan:runs"), "link": _("Daily runs")}
