"""Background jobs: one row, one worker, found again after a crash."""

import datetime as dt
import os
import subprocess
import sys
import threading

import pytest
from celery import current_app
from django.db import connection, transaction

from core import clock, jobs
from core.enums import RunState
from core.errors import ApplicationError
from core.locks import exclusive
from core.models import Job
from core.tasks import resend_stale, run_job
from tests.database import server_url

ran: list[int] = []

WORKER = """
import sys, time, django
django.setup()
from core import jobs

@jobs.handler("test.add")
def hang(progress, a, b):
    print("working", flush=True)
    time.sleep(60)

jobs.run(int(sys.argv[1]))
"""


@jobs.handler("test.add")
def add(progress, *, a: int, b: int):
    ran.append(a + b)
    progress(1, 2, "half")
    progress(2, 2)
    return {"sum": a + b}


@jobs.handler("test.refuse")
def refuse(progress):
    raise ApplicationError("no_file", "There is no file.", details={"file": ["missing"]})


@jobs.handler("test.break")
def crash(progress):
    raise ZeroDivisionError("secret figures")


@pytest.fixture
def sent(monkeypatch):
    """Ids that would have gone to the broker."""
    ids: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: ids.append(args[0]))
    return ids


def enqueue(kind="test.add", key="k", **payload):
    return jobs.enqueue(kind, key, payload or {"a": 1, "b": 2}, owner_no="E001")


def test_a_job_is_sent_after_the_commit(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()
        assert sent == []
    assert sent == [job.pk]


def test_the_same_unfinished_job_is_not_made_twice(db):
    assert enqueue().pk == enqueue().pk
    Job.objects.update(state=RunState.DONE)
    assert enqueue().pk != Job.objects.order_by("pk").first().pk


def test_a_job_runs_once_and_keeps_its_result(db):
    ran.clear()
    job = enqueue()
    run_job(job.pk)
    assert jobs.run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.result, job.progress, job.total) == (RunState.DONE, {"sum": 3}, 2, 2)
    assert ran == [3]


def test_a_refusal_is_told_with_its_code(db):
    job = jobs.enqueue("test.refuse", "k")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (RunState.FAILED, "There is no file.")
    assert job.result == {"code": "no_file", "file": ["missing"]}


@pytest.mark.parametrize("kind", ["test.break", "test.nobody_handles_this"])
def test_an_accident_shows_nothing_of_its_inside(db, kind):
    job = jobs.enqueue(kind, "k")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == RunState.FAILED
    assert "secret" not in job.message


def test_a_broker_that_is_away_does_not_fail_the_request(db, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()
    assert Job.objects.get(pk=job.pk).state == RunState.PENDING


def test_a_lost_message_is_sent_again_when_it_is_old_enough(db, sent):
    job = enqueue()
    resend_stale()
    assert sent == []
    Job.objects.update(created_at=clock.now() - dt.timedelta(minutes=2))
    resend_stale()
    assert sent == [job.pk]


def test_a_job_whose_worker_died_runs_again(db, sent):
    job = enqueue()
    Job.objects.update(state=RunState.RUNNING, attempts=1)
    assert jobs.resend_stale() == 1
    assert sent == [job.pk]
    assert jobs.run(job.pk) is True


def test_a_job_in_living_hands_is_left_alone(db, sent):
    job = enqueue()
    Job.objects.update(state=RunState.RUNNING, attempts=1)
    with exclusive(f"job-{job.pk}"):
        assert jobs.resend_stale() == 0
        assert jobs.run(job.pk) is False
    assert Job.objects.get().state == RunState.RUNNING


def test_a_job_that_kills_its_workers_is_given_up(db, sent):
    enqueue()
    Job.objects.update(state=RunState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    assert jobs.resend_stale() == 0
    assert Job.objects.get().state == RunState.FAILED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="threads share SQLite's database in memory")
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_many_workers_claim_a_job_once(sent):
    ran.clear()
    with transaction.atomic():
        job = enqueue(a=20, b=22)
    results: list[bool] = []

    def work() -> None:
        try:
            results.append(jobs.run(job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [False] * 5 + [True]
    assert ran == [42]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="two processes need a server")
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_killed_worker_is_done_by_the_next(sent):
    job = enqueue(a=3, b=4)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "postloan.settings", "DATABASE_URL": server_url()}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(job.pk)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline().strip() == "working"
    assert jobs.resend_stale() == 0
    worker.kill()
    worker.wait(10)
    worker.stdout.close()
    deadline = clock.stopwatch() + 5
    while not jobs.resend_stale() and clock.stopwatch() < deadline:
        pass
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == (RunState.DONE, {"sum": 7}, 2)
