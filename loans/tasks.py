"""Background work on loans."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import translation

from core import jobs
from loans.enums import DeliveryState
from loans.importers import import_delivery
from loans.models import Delivery
from loans.services.deliveries import CHECK_JOB, JOB, forget_upload, rejects_folder
from org.selectors import actor_named

TURN_SECONDS = 3600
"""Uploads take turns: how long one waits for other imports and for the daily run."""


@jobs.handler(JOB)
def import_uploaded(
    progress: jobs.Progress, *, delivery_id: int, date: str | None = None, language: str | None = None
) -> Mapping[str, Any]:
    """Import an uploaded delivery; safe to repeat, since an applied delivery is recognised."""
    delivery = Delivery.objects.get(pk=delivery_id)
    if delivery.state not in (DeliveryState.RECEIVED, DeliveryState.CHECKING):
        return {"delivery": delivery.pk, "state": delivery.state}
    with _speaking(language):
        Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.CHECKING)
        report = import_delivery(
            Path(settings.MEDIA_ROOT) / delivery.stored_path,
            date=dt.date.fromisoformat(date) if date else None,
            mode=delivery.mode,
            rejects_dir=rejects_folder(delivery),
            actor=actor_named(delivery.received_by),
            delivery=delivery,
            progress=_outside_transactions(progress),
            wait=TURN_SECONDS,
        )
    return {
        "delivery": delivery.pk,
        "state": str(report.state),
        "message": report.message,
        "applied_before": report.delivery_id if report.already_applied else None,
    }


@jobs.handler(CHECK_JOB)
def check_uploaded(
    progress: jobs.Progress,
    *,
    path: str,
    mode: str,
    date: str | None = None,
    language: str | None = None,
) -> Mapping[str, Any]:
    """Dry run of an uploaded delivery; the report is the job's result."""
    stored = Path(settings.MEDIA_ROOT) / path
    with _speaking(language):
        report = import_delivery(
            stored,
            date=dt.date.fromisoformat(date) if date else None,
            mode=mode,
            dry_run=True,
            progress=_outside_transactions(progress),
            wait=TURN_SECONDS,
        )
    forget_upload(stored)
    return report.as_dict()


def _speaking(language: str | None) -> Any:
    """The language of whoever uploaded: messages and reasons are kept as texts."""
    return translation.override(language or settings.LANGUAGE_CODE)


def _outside_transactions(progress: jobs.Progress) -> Any:
    """Inside the import's transaction nobody else could see the figures."""

    def tell(done: int, total: int, message: str) -> None:
        if not connection.in_atomic_block:
            progress(done, total, message)

    return tell
