"""Long work in the background: the row is the truth, the broker only carries its id.

A request enqueues a job and answers at once. A worker claims it; a job whose worker died is found by its
lock, which died too, and is sent again. Handlers must therefore be safe to repeat.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from core import clock
from core.enums import RunState
from core.errors import ApplicationError, Conflict
from core.locks import exclusive
from core.models import Job

logger = logging.getLogger("postloan.jobs")

TASK = "core.run_job"
UNFINISHED = (RunState.PENDING, RunState.RUNNING)
MAX_ATTEMPTS = 3
# A job that was never sent is sent after this time; one that was sent has its turn in the queue first.
UNSENT_SECONDS = 60
LOST_AFTER_SECONDS = 600
HEARTBEAT_SECONDS = 1.0


class Progress:
    """What a handler tells about its progress; also the sign of life. Call it between transactions."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._last = 0.0

    def __call__(self, done: int, total: int, message: Any = "") -> None:
        """Write the progress, at most once a second (the last step is always written)."""
        if done < total and clock.stopwatch() - self._last < HEARTBEAT_SECONDS:
            return
        self._last = clock.stopwatch()
        Job.objects.filter(pk=self.job.pk).update(
            progress=done, total=total, message=str(message), heartbeat_at=clock.now()
        )


Handler = Callable[..., Mapping[str, Any] | None]
_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register ``function(progress, **payload) -> result`` for a kind of job, in an app's ``tasks.py``."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(kind: str, key: str, payload: Mapping[str, Any] | None = None, owner_no: str = "") -> Job:
    """A new job, sent to a worker when the transaction commits; the unfinished one of the same key if any.

    Never fails because the broker is away: the job then waits until it is sent again.
    """
    fields = {"payload": dict(payload or {}), "owner_no": owner_no, "created_at": clock.now()}
    unfinished = Job.objects.filter(kind=kind, key=key, state__in=UNFINISHED)
    while True:
        if (job := unfinished.first()) is not None:
            return job
        try:
            with transaction.atomic():
                job = Job.objects.create(kind=kind, key=key, **fields)
        except IntegrityError:
            continue  # another request was faster; its job may even have finished by now
        transaction.on_commit(partial(send, job.pk))
        return job


def send(job_id: int) -> bool:
    """Hand the id of a waiting job to the broker; False when it does not answer."""
    try:
        current_app.send_task(TASK, args=[job_id], retry=False)
    except Exception:  # noqa: BLE001 - whatever the transport raises, the row waits
        logger.warning("Broker not reachable; job %s waits.", job_id)
        return False
    Job.objects.filter(pk=job_id, state=RunState.PENDING).update(heartbeat_at=clock.now())
    return True


def run(job_id: int) -> bool:
    """Do the job if it still waits; False when it is done, gone, or in other hands."""
    try:
        with exclusive(_lock(job_id)):
            return _claim(job_id) and _work(Job.objects.get(pk=job_id))
    except Conflict:
        return False


def _lock(job_id: int) -> str:
    return f"job-{job_id}"


def _claim(job_id: int) -> bool:
    waiting = Job.objects.filter(pk=job_id, state=RunState.PENDING)
    return waiting.update(state=RunState.RUNNING, heartbeat_at=clock.now(), attempts=F("attempts") + 1) == 1


def _work(job: Job) -> bool:
    autodiscover_modules("tasks")
    try:
        result = _handlers[job.kind](Progress(job), **job.payload)
    except ApplicationError as error:
        _finish(
            job, RunState.FAILED, message=str(error.message), result={"code": error.code, **error.details}
        )
    except Exception:  # the worker must live on, whatever a handler does
        logger.exception("Job %s (%s) failed.", job.pk, job.kind)
        _finish(job, RunState.FAILED, message=_("Something went wrong; the log has the details."))
    else:
        _finish(job, RunState.DONE, result=dict(result or {}))
    return True


def _finish(job: Job, state: RunState, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=clock.now(), **fields)


def resend_stale() -> int:
    """Send again what was lost on the way or whose worker died; returns how many."""
    return sum(map(_resend, _waiting_too_long())) + sum(map(_revive, _running()))


def _waiting_too_long() -> QuerySet[Job]:
    unsent = Q(heartbeat_at__isnull=True, created_at__lt=clock.seconds_ago(UNSENT_SECONDS))
    lost = Q(heartbeat_at__lt=clock.seconds_ago(LOST_AFTER_SECONDS))
    return Job.objects.filter(unsent | lost, state=RunState.PENDING).order_by("pk")


def _running() -> QuerySet[Job]:
    return Job.objects.filter(state=RunState.RUNNING).order_by("pk")


def _resend(job: Job) -> bool:
    return send(job.pk)


def _revive(job: Job) -> bool:
    """Put a job back whose worker died; whoever gets its lock proves that nobody works on it."""
    try:
        with exclusive(_lock(job.pk)):
            orphan = Job.objects.filter(pk=job.pk, state=RunState.RUNNING, attempts=job.attempts)
            if job.attempts >= MAX_ATTEMPTS:
                message = _("Given up: the worker died %(n)s times over this.") % {"n": job.attempts}
                orphan.update(state=RunState.FAILED, finished_at=clock.now(), message=message)
                return False
            revived = orphan.update(state=RunState.PENDING)
    except Conflict:
        return False
    return bool(revived) and send(job.pk)
