"""Celery entry points of duties; thin."""

from typing import Any

from celery import shared_task

from core.selectors import business_date
from duties import mail


@shared_task(name="duties.send_digests")
def send_digests(**_: Any) -> dict[str, int]:
    """Send the reminder digests that are pending; run by beat."""
    return mail.send_digests(business_date())
