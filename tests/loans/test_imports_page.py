"""The import centre: taking deliveries in by the page and following them; who may, and the list."""

import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from core import clock, jobs
from core.enums import RunState
from core.errors import Conflict, PermissionRefused
from core.models import AuditEvent, BusinessDate, Job
from loans.enums import DeliveryState
from loans.models import Delivery, Loan
from loans.permissions import can_see_rejects
from loans.services.deliveries import CHECK_JOB, receive_delivery, retry_import
from org.enums import Role
from tests.builders import build_delivery, day
from tests.cast import build_person
from tests.loans.delivering import Parcel
from tests.loans.importing import PAGE, page, upload, work_off

pytestmark = pytest.mark.django_db


# --- a delivery that is fine ----------------------------------------------------------------------
def test_upload_is_stored_imported_in_the_background_and_reported(admin, client, good):
    response = upload(client, good)
    delivery = Delivery.objects.get()
    assert response["Location"] == reverse("loans:delivery", args=[delivery.pk])
    assert delivery.state == DeliveryState.RECEIVED
    assert not Loan.objects.exists()
    html = page(client, response)
    assert "Waiting for a worker" in html
    assert 'hx-trigger="every 2s"' in html
    work_off()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.received_by) == (DeliveryState.APPLIED, "E008")
    assert Loan.objects.count() == len(Parcel.standard().tables["loans.csv"])
    html = page(client, response)
    assert 'hx-trigger="every 2s"' not in html
    assert "loans.csv" in html
    assert "Person E008" in html
    told = AuditEvent.objects.filter(subject_type="delivery").order_by("pk")
    assert [event.action for event in told] == ["delivery.received", "delivery.applied"]


def test_dry_run_reports_and_leaves_the_book_alone(admin, client, good):
    response = upload(client, good, dry_run="on")
    job = Job.objects.get(kind=CHECK_JOB)
    assert response["Location"] == reverse("loans:dry_run", args=[job.pk])
    work_off()
    html = page(client, response)
    assert "Dry run; nothing was applied." in html
    assert "loans.csv" in html
    assert (Loan.objects.count(), Delivery.objects.count(), BusinessDate.objects.count()) == (0, 0, 0)
    assert response["Location"] in client.get(PAGE).content.decode()
    stored = Path(django_settings.MEDIA_ROOT) / job.payload["path"]
    assert not stored.exists()


def test_same_file_again_while_it_waits_is_the_same_delivery(admin, client, good):
    first, second = upload(client, good), upload(client, good)
    assert first["Location"] == second["Location"]
    assert (Delivery.objects.count(), Job.objects.count()) == (1, 1)
    assert (
        len(list((Path(django_settings.MEDIA_ROOT) / "deliveries/uploads").glob("*/core-2026-03-31.zip")))
        >= 1
    )
    upload(client, good, dry_run="on")
    upload(client, good, dry_run="on")
    assert Job.objects.filter(kind=CHECK_JOB).count() == 1


def test_same_file_in_another_mode_is_another_delivery(admin, client, good):
    upload(client, good)
    upload(client, good, mode="partial")
    assert Delivery.objects.count() == 2


def test_same_delivery_again_after_it_was_applied_has_nothing_to_do(admin, client, good):
    upload(client, good)
    work_off()
    response = upload(client, good)
    work_off()
    assert [row.state for row in Delivery.objects.order_by("pk")] == [
        DeliveryState.APPLIED,
        DeliveryState.KNOWN,
    ]
    html = page(client, response)
    assert "applied already" in html
    assert reverse("loans:delivery", args=[Delivery.objects.order_by("pk")[0].pk]) in html


@pytest.mark.skipif(connection.vendor != "postgresql", reason="threads share SQLite's database in memory")
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_time_are_one_delivery(cast, good):
    barrier = threading.Barrier(2)
    taken: list[int] = []

    def press() -> None:
        barrier.wait()
        taken.append(receive_delivery(SimpleUploadedFile("core-2026-03-31.zip", good), actor=cast.admin).pk)
        connection.close()

    threads = [threading.Thread(target=press) for _press in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert (len(set(taken)), Delivery.objects.count()) == (1, 1)


def test_messages_speak_the_language_of_whoever_uploaded(admin, client, bad):
    client.cookies["django_language"] = "zh-hans"
    upload(client, bad)
    assert Job.objects.get().payload["language"] == "zh-hans"


# --- when the work does not end -------------------------------------------------------------------
@pytest.fixture
def stuck(admin, client, good) -> Delivery:
    upload(client, good)
    Job.objects.update(state=RunState.FAILED, message="Given up", finished_at=clock.now())
    return Delivery.objects.get()


def test_import_that_no_worker_takes_is_told(admin, client, good):
    response = upload(client, good)
    assert "No worker has taken it" not in page(client, response)
    Job.objects.update(created_at=clock.seconds_ago(120))
    assert "No worker has taken it" in page(client, response)


def test_import_without_an_answer_is_started_again(admin, client, stuck):
    url = reverse("loans:delivery", args=[stuck.pk])
    html = client.get(url).content.decode()
    assert "ended without an answer" in html
    assert "Given up" in html
    retry = reverse("loans:retry_import", args=[stuck.pk])
    for _press in range(2):
        assert client.post(retry)["Location"] == url
    assert Job.objects.filter(state=RunState.PENDING).count() == 1
    work_off()
    stuck.refresh_from_db()
    assert stuck.state == DeliveryState.APPLIED
    assert AuditEvent.objects.filter(action="delivery.retried").count() == 1


def test_import_with_an_answer_is_not_started_again(admin):
    with pytest.raises(Conflict):
        retry_import(build_delivery("2026-03-31"), actor=admin)


# --- who ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["rm_a", "supervisor_a", "head_b1", "manager_b1", "outsider"])
def test_others_see_no_imports(cast, client, who):
    delivery = build_delivery("2026-03-31")
    client.force_login(getattr(cast, who))
    for url in (PAGE, reverse("loans:delivery", args=[delivery.pk])):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("who", ["risk", "auditor"])
def test_watchers_read_and_do_not_import(cast, client, good, who):
    client.cookies["django_language"] = "en"
    client.force_login(getattr(cast, who))
    assert "Import a delivery" not in client.get(PAGE).content.decode()
    assert upload(client, good).status_code == 403
    with pytest.raises(PermissionRefused):
        receive_delivery(SimpleUploadedFile("core.zip", good), actor=getattr(cast, who))


@pytest.mark.parametrize("role", [Role.CREDIT_EXECUTION, Role.POST_LOAN_OFFICER])
def test_credit_execution_and_post_loan_office_import(cast, client, good, role):
    client.force_login(build_person("E020", cast.branches["S02"], role))
    assert upload(client, good).status_code == 302


def test_rejected_rows_are_seen_by_whoever_answers_for_them(cast):
    branch_officer = build_person("E020", cast.branches["S02"], Role.POST_LOAN_OFFICER)
    assert can_see_rejects(branch_officer, uploaded_by="E020")
    assert not can_see_rejects(branch_officer, uploaded_by="E008")
    assert not can_see_rejects(branch_officer, uploaded_by="")
    assert can_see_rejects(cast.admin, uploaded_by="")
    assert can_see_rejects(cast.auditor, uploaded_by="E008")
    assert not can_see_rejects(cast.risk, uploaded_by="E008")


def test_watcher_without_customers_sees_reasons_but_no_values(cast, admin, client, bad):
    upload(client, bad)
    work_off()
    delivery = Delivery.objects.get()
    client.force_login(cast.risk)
    html = client.get(reverse("loans:delivery", args=[delivery.pk])).content.decode()
    assert "No such row in loans.csv" in html
    assert "L-NONE" not in html
    assert client.get(reverse("loans:rejects", args=[delivery.pk, "repayments.csv"])).status_code == 403


# --- the list -------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 25])
def test_page_takes_twelve_queries_at_most(admin, client, rows, django_assert_max_num_queries):
    for n in range(rows):
        build_delivery(f"2026-03-{n + 1:02d}")
    Delivery.objects.update(received_by="E008")
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        response = client.get(PAGE)
    assert len(response.context["page"]) == min(rows, 20)
    with django_assert_max_num_queries(12):
        client.get(reverse("loans:delivery", args=[Delivery.objects.first().pk]))


def test_list_pages_by_keyset(admin, client):
    for n in range(25):
        build_delivery(f"2026-03-{n + 1:02d}")
    first = client.get(PAGE).context["page"]
    second = client.get(PAGE, {"after": first.after}).context["page"]
    assert (len(second), second.rows[-1].business_date) == (5, day("2026-03-01"))


def test_names_are_escaped(admin, client):
    delivery = build_delivery("2026-03-31")
    Delivery.objects.update(name="<b>x</b>.zip", message="<i>y</i>")
    for url in (PAGE, reverse("loans:delivery", args=[delivery.pk])):
        html = client.get(url).content.decode()
        assert "<b>x" not in html
        assert "<i>y" not in html


@pytest.mark.parametrize(
    "url", ["/imports/0/", "/imports/999999/", "/imports/dry-runs/999999/", f"/imports/{2**70}/"]
)
def test_unknown_delivery_is_not_found(admin, client, url):
    assert client.get(url).status_code == 404


def test_other_jobs_are_no_dry_runs(admin, client):
    job = jobs.enqueue("something_else", "k", {})
    assert client.get(reverse("loans:dry_run", args=[job.pk])).status_code == 404
