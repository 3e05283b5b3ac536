"""Celery tasks of the foundations; their names are stable."""

from typing import Any

from celery import shared_task

from core import jobs


@shared_task(name="core.run_job")
def run_job(job_id: int, **extra: Any) -> None:
    """Do one background job; ``extra`` lets an older worker take a newer message."""
    jobs.run(job_id)


@shared_task(name="core.resend_stale")
def resend_stale(**extra: Any) -> None:
    """Send lost and orphaned jobs again; run by beat."""
    jobs.resend_stale()
