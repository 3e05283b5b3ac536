"""The health of the installation, for probes and people."""

from collections.abc import Callable
from typing import Any

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.enums import RunState
from core.models import DailyRun
from core.selectors import business_date, workday_calendar

BROKER_SECONDS = 2


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Database, broker, last successful daily run, calendar.

    503 when the database does not answer, because then nothing works; otherwise 200, with ``status``
    "degraded" when something needs a look.
    """
    if not _database_answers():
        return JsonResponse({"status": "down", "database": {"ok": False}}, status=503)
    parts = {"database": {"ok": True}, **{name: check() for name, check in CHECKS.items()}}
    status = "ok" if all(part["ok"] for part in parts.values()) else "degraded"
    return JsonResponse({"status": status, **parts})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker() -> dict[str, Any]:
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except Exception:  # noqa: BLE001 - whatever the transport raises, it is not there
        return {"ok": False}
    return {"ok": True}


def _daily_run() -> dict[str, Any]:
    last = DailyRun.objects.filter(state=RunState.DONE).order_by("-business_date").first()
    failed = DailyRun.objects.filter(state=RunState.FAILED).exists()
    return {
        "ok": not failed,
        "last_closed": last.business_date.isoformat() if last else None,
        "finished_at": last.finished_at.isoformat() if last and last.finished_at else None,
    }


def _calendar() -> dict[str, Any]:
    calendar, today = workday_calendar(), business_date()
    return {
        "ok": today.year in calendar.confirmed_years,
        "business_date": today.isoformat(),
        "confirmed_until": max(calendar.confirmed_years, default=None),
    }


CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "broker": _broker,
    "daily_run": _daily_run,
    "calendar": _calendar,
}
