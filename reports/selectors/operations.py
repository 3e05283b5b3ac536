"""The home page of whoever runs the product and sees no customer."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q

from core.enums import RunState
from core.models import BusinessDay, DailyRun, Job
from loans.models import Delivery
from org.models import RoleHolder, User

ROWS = 5


def overview(today: dt.date) -> dict[str, Any]:
    """Runs, deliveries, background work, people and calendar at a glance; six queries."""
    return {
        "runs": DailyRun.objects.order_by("-business_date")[:ROWS],
        "deliveries": Delivery.objects.order_by("-id")[:ROWS],
        "jobs": Job.objects.exclude(state=RunState.DONE).order_by("-id")[:ROWS],
        "vacancies": list(
            RoleHolder.objects.filter(is_substitute=True)
            .values_list("role")
            .annotate(branches=Count("pk"))
            .order_by("role")
        ),
        "people": User.objects.aggregate(active=Count("pk", filter=Q(is_active=True)), all=Count("pk")),
        "years": _years(today),
    }


def _years(today: dt.date) -> list[dict[str, Any]]:
    """This year and the next: whether their working days are confirmed."""
    rows = dict(
        BusinessDay.objects.filter(
            date__range=(dt.date(today.year, 1, 1), dt.date(today.year + 1, 12, 31)), confirmed=True
        )
        .order_by()
        .values_list("date__year")
        .annotate(days=Count("pk"))
    )
    return [{"year": year, "confirmed": rows.get(year, 0)} for year in (today.year, today.year + 1)]
