"""The import centre meets what it must not take, and hands back what was rejected."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.enums import RunState
from core.errors import ApplicationError
from core.locks import BOOK, exclusive
from core.models import AuditEvent, Job
from loans.enums import DeliveryState
from loans.importers.source import RATIO_FREE_BYTES
from loans.models import Delivery, Loan
from loans.services.deliveries import receive_delivery, rejects_folder
from tests.loans.importing import PAGE, UPLOAD, page, upload, work_off, zipped

pytestmark = pytest.mark.django_db


# --- a delivery that is not -----------------------------------------------------------------------
def test_rejected_rows_are_listed_with_their_reason(admin, client, bad):
    response = upload(client, bad)
    work_off()
    html = page(client, response)
    assert "1 row was rejected; nothing was applied." in html
    assert "No such row in loans.csv" in html
    assert not Loan.objects.exists()


def test_mode_in_part_applies_the_rest(admin, client, bad):
    response = upload(client, bad, mode="partial")
    work_off()
    assert Delivery.objects.get().state == DeliveryState.PARTIAL
    assert "Applied in part." in page(client, response)


def test_reject_sheet_is_downloaded_with_formulas_disarmed_and_a_trace(admin, client, bad):
    upload(client, bad)
    work_off()
    delivery = Delivery.objects.get()
    response = client.get(reverse("loans:rejects", args=[delivery.pk, "repayments.csv"]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("'=cmd()|A1,")
    assert response["Content-Disposition"] == 'attachment; filename="repayments.csv"'
    assert (response["X-Content-Type-Options"], "no-store" in response["Cache-Control"]) == ("nosniff", True)
    event = AuditEvent.objects.get(action="delivery.rejects_exported")
    assert (event.actor_no, event.after) == ("E008", {"file": "repayments.csv"})


@pytest.mark.parametrize(
    "name", ["loans.csv", "..", "..%2F..%2Fsecret.csv", "repayments.csv%00", "%2Fetc%2Fpasswd"]
)
def test_only_listed_reject_files_are_opened(admin, client, bad, name):
    upload(client, bad)
    work_off()
    pk = Delivery.objects.get().pk
    (rejects_folder(Delivery.objects.get()).parent / "secret.csv").write_text("x")
    assert client.get(f"/imports/{pk}/rejects/{name}").status_code == 404
    assert not AuditEvent.objects.filter(action="delivery.rejects_exported").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("core.csv", b"a,b\n", "A zip file or a workbook"),
        ("core", b"PK\x03\x04", "A zip file or a workbook"),
        ("core.zip", b"a,b\n1,2\n", "not what its name says"),
        ("core.zip", b"", "empty"),
        ("core.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 100, "not what its name says"),
        ("core.zip", b"%PDF-1.7 x", "not what its name says"),
    ],
)
def test_wrong_file_is_refused_beside_its_field_and_the_rest_is_kept(admin, client, name, content, told):
    response = upload(client, content, name, mode="partial", date="2026-03-31", dry_run="on")
    assert response.status_code == 422
    form = response.context["form"]
    assert told in str(form.errors["file"])
    assert (form["mode"].value(), form["date"].value(), form["dry_run"].value()) == (
        "partial",
        "2026-03-31",
        True,
    )
    assert (Delivery.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "whatever"),
        ("mode", ""),
        ("date", "2026-02-30"),
        ("date", "1999-12-31"),
        ("date", "9999-12-31"),
        ("date", "yesterday"),
    ],
)
def test_bad_field_is_named(admin, client, good, field, value):
    response = upload(client, good, **{field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Delivery.objects.exists()


def test_file_is_needed(admin, client):
    response = client.post(UPLOAD, {"mode": "partial"})
    assert list(response.context["form"].errors) == ["file"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04" + b"\x00" * 200, "sound zip file"),
        (zipped(readme=b"hello"), "No file of the contract"),
        (zipped(**{"../loans.csv": b"x"}), "leads out of the archive"),
        (zipped(**{"loans.csv": "贷款编号\n".encode("gb18030")}), ""),
        (zipped(**{"manifest.json": b"{", "loans.csv": b"loan_no\n"}), "cannot be understood"),
    ],
)
def test_archive_that_turns_out_bad_is_refused_with_the_reason(admin, client, content, told):
    response = upload(client, content)
    work_off()
    assert Delivery.objects.get().state == DeliveryState.REFUSED
    html = page(client, response)
    assert told in html
    assert "Refused" in html
    assert not Loan.objects.exists()


def test_zip_bomb_is_refused(admin, client):
    response = upload(client, zipped(**{"loans.csv": bytes(RATIO_FREE_BYTES + 1)}))
    work_off()
    assert "zip bomb" in page(client, response)


def test_delivery_without_a_date_is_told_how_to_give_one(admin, client):
    response = upload(client, zipped(**{"loans.csv": b"loan_no\n"}), "book.zip")
    work_off()
    assert "date is unknown" in page(client, response)


# --- size and order -------------------------------------------------------------------------------
def test_file_that_is_too_large_is_refused_and_not_kept(admin, client, good, settings):
    settings.DELIVERY_MAX_BYTES = 1000
    before = set((Path(django_settings.MEDIA_ROOT)).rglob("*.zip"))
    response = upload(client, good)
    assert response.status_code == 422
    assert "Larger than" in str(response.context["form"].errors["file"])
    assert set((Path(django_settings.MEDIA_ROOT)).rglob("*.zip")) == before


def test_delivery_may_be_larger_than_other_uploads(admin, client, good, settings):
    settings.UPLOAD_MAX_BYTES = 100
    assert upload(client, good).status_code == 302


def test_nothing_of_the_body_is_read_before_the_permission(cast, client, good, monkeypatch):
    monkeypatch.setattr(
        "django.http.request.HttpRequest._load_post_and_files", lambda self: pytest.fail("read")
    )
    client.force_login(cast.rm_a)
    assert upload(client, good).status_code == 403
    client.logout()
    assert upload(client, good).status_code == 302


def test_forged_request_is_refused(cast, good):
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(cast.admin)
    assert upload(forged, good).status_code == 403
    assert not Delivery.objects.exists()


def test_full_disk_is_told_and_leaves_nothing(cast, good, monkeypatch):
    def no_space(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", no_space)
    with pytest.raises(ApplicationError) as refused:
        receive_delivery(SimpleUploadedFile("core.zip", good), actor=cast.admin)
    assert (refused.value.code, refused.value.status) == ("storage_unavailable", 503)
    assert not Delivery.objects.exists()


def test_reloading_the_error_page_leads_back(admin, client):
    assert client.get(UPLOAD)["Location"] == PAGE


def test_second_import_waits_for_its_turn(admin, client, good, monkeypatch):
    monkeypatch.setattr("loans.tasks.TURN_SECONDS", 0)
    upload(client, good)
    with exclusive(BOOK):
        work_off()
    job = Job.objects.get()
    assert (job.state, "under way" in job.message) == (RunState.FAILED, True)
