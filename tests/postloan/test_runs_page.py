"""The daily-run monitor: where the bank's day stands, starting a run by hand, the page of one run."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from core import clock, jobs
from core.enums import RunState
from core.errors import ApplicationError, PermissionRefused
from core.locks import BOOK, exclusive
from core.models import AuditEvent, BusinessDate, DailyRun, Job, StepRun
from org.enums import Role
from postloan.daily_run import STEPS
from postloan.selectors.runs import RUN_JOB, Situation, operation, run_list, steps_of
from postloan.services import ask_for_run
from tests.builders import build_delivery, day
from tests.cast import build_person

pytestmark = pytest.mark.django_db

PAGE = reverse("postloan:runs")
LIVE = day("2026-06-01")


@pytest.fixture
def admin(cast, client):
    client.cookies["django_language"] = "en"
    client.force_login(cast.admin)
    return cast.admin


@pytest.fixture
def delivered(cast):
    """Live since the first of June; delivered up to the third."""
    for date in ("2026-06-01", "2026-06-02", "2026-06-03"):
        build_delivery(date)


def closed(date: str, **fields) -> DailyRun:
    values = {"state": RunState.DONE, "started_at": clock.now(), "finished_at": clock.now()}
    run = DailyRun.objects.create(business_date=day(date), **{**values, **fields})
    if run.state == RunState.DONE:
        BusinessDate.objects.update(current=run.business_date + dt.timedelta(days=1))
    return run


def step(run: DailyRun, name: str = "loans.changes", block: int = 0, **fields) -> StepRun:
    position = [one.name for one in STEPS].index(name)
    values = {"state": RunState.DONE, "seconds": Decimal("0.125"), "finished_at": clock.now()}
    return StepRun.objects.create(run=run, position=position, step=name, block=block, **{**values, **fields})


def ask(actor, **fields) -> tuple[Job, bool]:
    return ask_for_run(actor=actor, business_date=LIVE, **fields)


def code_of(actor, **fields) -> tuple[str, bool]:
    """The refusal, and whether it blames the date."""
    with pytest.raises(ApplicationError) as refused:
        ask(actor, **fields)
    return refused.value.code, "to" in refused.value.details


# --- where we are ----------------------------------------------------------------------------------------
def test_before_the_first_delivery_the_page_says_what_to_do(admin, client):
    assert operation().situation == Situation.NOT_LIVE
    html = client.get(PAGE).content.decode()
    assert "Nothing has been delivered yet" in html
    assert reverse("loans:imports") in html


def test_delivered_days_that_are_open_are_counted(admin, client, delivered):
    assert (operation().situation, operation().days_behind) == (Situation.BEHIND, 3)
    assert "3 delivered days are not closed yet" in client.get(PAGE).content.decode()


def test_when_all_is_closed_there_is_nothing_to_do(admin, client, delivered):
    closed("2026-06-03")
    assert (operation().situation, operation().days_behind) == (Situation.UP_TO_DATE, 0)
    assert "every delivered day is closed" in client.get(PAGE).content.decode()


def test_failed_run_shows_its_error(admin, client, delivered):
    closed("2026-06-01", state=RunState.FAILED, error="ValueError: <b>broken</b>")
    assert operation().situation == Situation.FAILED
    html = client.get(PAGE).content.decode()
    assert "ValueError: &lt;b&gt;broken&lt;/b&gt;" in html
    assert "<b>broken" not in html


def test_late_run_is_called_late(admin, client, delivered):
    closed("2026-06-01", finished_at=clock.seconds_ago(31 * 3600))
    assert operation().late
    assert "Late:" in client.get(PAGE).content.decode()


def test_run_that_gives_no_sign_of_life_is_told_and_not_waited_for(admin, client, delivered):
    closed("2026-06-01", state=RunState.RUNNING, heartbeat_at=clock.seconds_ago(3600))
    assert (operation().silent, operation().under_way) == (True, False)
    assert "No sign of life since" in client.get(PAGE).content.decode()


def test_running_run_lists_what_is_done_and_what_comes(admin, client, delivered):
    run = closed("2026-06-01", state=RunState.RUNNING, heartbeat_at=clock.now())
    step(run, "loans.changes", counts={"in play": 2030})
    step(run, "loans.facts", state=RunState.PENDING, seconds=None)
    now = operation()
    assert [line.state for line in now.steps][:3] == [RunState.DONE, RunState.RUNNING, RunState.PENDING]
    assert (len(now.steps), now.steps_done) == (len(STEPS), 1)
    html = client.get(PAGE).content.decode()
    assert 'hx-trigger="every 2s"' in html
    assert "Facts of the day" in html
    assert f"1 of {len(STEPS)} steps done" in html
    url = reverse("postloan:run", args=["2026-06-01"])
    html = client.get(url, headers={"HX-Request": "true", "HX-Target": "run"}).content.decode()
    assert "<html" not in html
    assert 'hx-trigger="every 2s"' in html
    assert "2,030" in html


def test_failed_step_is_the_first_that_is_not_done(delivered):
    run = closed("2026-06-01", state=RunState.FAILED)
    step(run, "loans.changes")
    assert [line.state for line in steps_of(run)][:3] == [RunState.DONE, RunState.FAILED, RunState.PENDING]
    assert operation().at.name == "loans.facts"


def test_blocks_are_added_up_and_shown_each(admin, client, delivered):
    run = closed("2026-06-01", blocks=[[1], [2]])
    for block, worker in enumerate(("a:1", "b:2")):
        step(run, block=block, counts={"in play": 4}, notes=["seen"], worker=worker)
    (line,) = steps_of(run)
    assert (line.counts, line.notes, line.seconds) == ({"in play": 8}, ["seen"], Decimal("0.250"))
    html = client.get(reverse("postloan:run", args=["2026-06-01"])).content.decode()
    assert "2 blocks of branches" in html
    assert "a:1" in html
    assert "b:2" in html


# --- asking for a run ---------------------------------------------------------------------------------------
def test_asking_makes_one_job_and_an_audit_row(admin, client, delivered, django_capture_on_commit_callbacks):
    assert client.post(PAGE).status_code == 302
    (job,) = Job.objects.filter(kind=RUN_JOB)
    assert job.payload == {
        "to": "2026-06-03",
        "without_delivery": False,
        "actor_no": "E008",
        "language": "en",
    }
    event = AuditEvent.objects.get(action="daily.asked")
    assert (event.actor_no, event.subject_no, event.after["from"]) == ("E008", "2026-06-03", "2026-06-01")


def test_second_press_asks_for_nothing_more(admin, client, delivered):
    client.post(PAGE)
    page = client.post(PAGE, follow=True).content.decode()
    assert Job.objects.count() == 1
    assert AuditEvent.objects.filter(action="daily.asked").count() == 1
    assert "has been asked for already" in page


def test_nothing_to_do_is_no_error(admin, client, delivered):
    closed("2026-06-03")
    page = client.post(PAGE, follow=True)
    assert "is closed" in page.content.decode()
    assert not Job.objects.exists()


def test_run_before_the_first_delivery_is_refused_on_the_page(admin, client):
    response = client.post(PAGE)
    assert response.status_code == 422
    assert "Nothing has been delivered yet" in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "2026-06-09"}, "delivery_missing"),
        ({"to": "2026-05-31"}, "date_closed"),
        ({"to": "2026-07-05", "without_delivery": True}, "too_far"),
        ({"to": "9999-12-31", "without_delivery": True}, "too_far"),
    ],
)
def test_date_that_cannot_be_closed_is_blamed(cast, delivered, fields, code):
    assert code_of(cast.admin, **{**fields, "to": day(fields["to"])}) == (code, True)


def test_incomplete_delivery_is_none(cast):
    build_delivery("2026-06-01", complete=False)
    assert code_of(cast.admin) == ("delivery_missing", False)


@pytest.mark.parametrize(
    "typed",
    [
        {"to": "2026-02-30"},
        {"to": "soon"},
        {"to": "0001-01-01"},
        {"to": "99999-01-01"},
        {"without_delivery": "on"},
        {"to": "2026-06-09", "without_delivery": ""},
        {"to": "\x00"},
    ],
)
def test_nonsense_is_told_beside_the_field_and_kept(admin, client, delivered, typed):
    response = client.post(PAGE, typed)
    assert response.status_code == 422
    assert response.context["form"].errors["to"]
    assert response.context["form"]["to"].value() == typed.get("to")
    assert not Job.objects.exists()


def test_days_without_delivery_are_taken_on_request(cast, delivered):
    job, is_new = ask(cast.admin, to=day("2026-06-05"), without_delivery=True)
    assert (job.payload["to"], is_new) == ("2026-06-05", True)


def test_reloading_the_error_page_is_no_second_request(admin, client, delivered):
    client.post(PAGE, {"to": "soon"})
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("who", ["rm_a", "supervisor_a", "risk", "auditor", "outsider"])
def test_only_operators_start_runs(cast, client, delivered, who):
    client.force_login(getattr(cast, who))
    assert client.post(PAGE).status_code == 403
    with pytest.raises(PermissionRefused):
        ask(getattr(cast, who))
    assert not Job.objects.exists()


def test_post_loan_officer_starts_runs(cast, client, delivered):
    client.force_login(build_person("E020", cast.branches["B1"], Role.POST_LOAN_OFFICER))
    assert client.post(PAGE).status_code == 302
    assert Job.objects.count() == 1


def test_form_is_offered_to_operators_alone(cast, client, delivered):
    client.cookies["django_language"] = "en"
    client.force_login(cast.auditor)
    assert "Catch up" not in client.get(PAGE).content.decode()


# --- the job ---------------------------------------------------------------------------
def run_job(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_job_closes_the_days_and_tells_progress(cast, delivered):
    job = run_job(ask(cast.admin, to=day("2026-06-02"))[0])
    assert (job.state, job.result) == (
        RunState.DONE,
        {"outcome": "closed", "dates": ["2026-06-01", "2026-06-02"]},
    )
    assert job.progress == job.total == 2 * len(STEPS)
    assert DailyRun.objects.get(business_date="2026-06-02").started_by == "E008"
    assert BusinessDate.objects.get().current == day("2026-06-03")


def test_job_that_finds_another_run_leaves_it_to_that(cast, delivered, monkeypatch):
    monkeypatch.setattr("postloan.tasks.TURN_SECONDS", 0)
    job, _ = ask(cast.admin)
    with exclusive(BOOK):
        run_job(job)
    assert (job.state, job.result) == (RunState.DONE, {"outcome": "busy"})


def test_job_whose_days_were_closed_meanwhile_has_nothing_to_do(cast, delivered):
    job, _ = ask(cast.admin, to=day("2026-06-01"))
    closed("2026-06-03")
    assert run_job(job).result == {"outcome": "nothing_to_do"}


def test_job_that_no_worker_takes_is_told(admin, client, delivered):
    job, _ = ask(admin)
    assert "no worker has taken it" not in client.get(PAGE).content.decode()
    Job.objects.filter(pk=job.pk).update(created_at=clock.seconds_ago(300))
    assert "no worker has taken it" in client.get(PAGE).content.decode()


def test_failed_job_says_why(admin, client, delivered):
    job, _ = ask(admin)
    Job.objects.filter(pk=job.pk).update(
        state=RunState.FAILED, message="The delivery went away", finished_at=clock.now()
    )
    assert "The delivery went away" in client.get(PAGE).content.decode()


# --- polling and paging ----------------------------------------------------------------
def test_polled_part_tells_the_list_when_the_work_has_ended(admin, client, delivered):
    state = reverse("postloan:run_state")
    job, _ = ask(admin)
    busy = client.get(state, {"was": "busy"})
    assert "HX-Trigger" not in busy.headers
    assert "<html" not in busy.content.decode()
    Job.objects.filter(pk=job.pk).update(state=RunState.DONE, result={"outcome": "closed"})
    assert client.get(state, {"was": "busy"}).headers["HX-Trigger"] == "runEnded"
    assert "HX-Trigger" not in client.get(state).headers


def test_list_pages_by_keyset(admin, client, delivered):
    for n in range(25):
        closed((LIVE + dt.timedelta(days=n)).isoformat())
    first = run_list({})
    assert (len(first), bool(first.after), first.before) == (20, True, "")
    second = client.get(PAGE, {"after": first.after}, headers={"HX-Request": "true", "HX-Target": "list"})
    assert "<html" not in second.content.decode()
    assert [str(run.business_date) for run in second.context["page"].rows][-1] == "2026-06-01"


@pytest.mark.parametrize("query", [{"after": "nonsense"}, {"before": "W10="}, {"after": "WyJ4IiwgMV0"}])
def test_nonsense_in_the_address_shows_the_first_page(admin, client, delivered, query):
    closed("2026-06-01")
    assert len(client.get(PAGE, query).context["page"]) == 1


@pytest.mark.parametrize("date", ["2026-13-01", "yesterday", "2030-01-01", "20260601x", "%00"])
def test_run_of_no_such_date_is_not_found(admin, client, delivered, date):
    assert client.get(f"/runs/{date}/").status_code == 404


def test_run_names_the_person_who_started_it(admin, client, delivered):
    closed("2026-06-01", started_by="E008")
    closed("2026-06-02", started_by="host:17")
    assert "Person E008" in client.get(PAGE).content.decode()
    html = client.get(reverse("postloan:run", args=["2026-06-02"])).content.decode()
    assert "Schedule or command line" in html
    assert reverse("postloan:run", args=["2026-06-01"]) in html


@pytest.mark.parametrize("rows", [1, 20])
def test_page_takes_twelve_queries_at_most(admin, client, delivered, rows, django_assert_max_num_queries):
    for n in range(rows):
        step(closed((LIVE + dt.timedelta(days=n)).isoformat(), started_by="E008"))
    closed((LIVE + dt.timedelta(days=rows)).isoformat(), state=RunState.RUNNING, heartbeat_at=clock.now())
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(reverse("postloan:run", args=["2026-06-01"]))
