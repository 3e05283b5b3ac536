"""What beat starts, and how often; django-celery-beat copies it into the back office at its start.

All of it is harmless at any time: a second start at the same time, or one that finds nothing to do, leaves
everything as it is.
"""

from typing import Any

from celery.schedules import crontab

MINUTES = 60

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # A complete delivery that arrived is run within a minute or two; a day that failed is tried again.
    "daily-run": {"task": "postloan.daily_run", "schedule": 1 * MINUTES, "options": {"expires": 50}},
    "stale-jobs": {"task": "core.resend_stale", "schedule": 1 * MINUTES, "options": {"expires": 50}},
    # In office hours, so that what the run of the night found arrives in the morning.
    "reminder-mail": {
        "task": "duties.send_digests",
        "schedule": crontab(minute="*/15", hour="7-19"),
        "options": {"expires": 10 * MINUTES},
    },
}
