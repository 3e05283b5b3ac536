"""Files under their hash, numbers without gaps, documents that never change."""

import datetime as dt
import os
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.errors import ApplicationError, Conflict, PermissionRefused
from core.models import AuditEvent
from documents.models import IssuedDocument, NumberSeries, StoredFile
from documents.selectors import duplicates_of, files_of, is_unchanged
from documents.services import issue, next_number, read_file, reissue, store_upload
from tests.documents.files import JPEG, PDF
from tests.duties.conftest import open_rule_duty

DAY = dt.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def duty(cast):
    return open_rule_duty(cast, "REPORT_QUARTER", anchor=dt.date(2026, 6, 30))


def upload(duty, actor, name="receipt.pdf", content=PDF):
    file = SimpleUploadedFile(name, content)
    return store_upload(file, actor=actor, subject_type="duty", subject_no=str(duty.pk))


def test_a_file_lies_under_its_hash_and_is_audited(cast, duty):
    stored = upload(duty, cast.rm_a)
    assert stored.path.read_bytes() == PDF
    assert stored.path.name == stored.sha256
    assert stored.path.stat().st_mode & 0o777 == 0o640
    assert list(files_of("duty", str(duty.pk))) == [stored]
    assert AuditEvent.objects.get(action="file.stored").after["sha256"] == stored.sha256
    assert stored.reference == f"file:{stored.pk}"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/回执.pdf", "回执.pdf"),
        ("C:\\Users\\a\\x.pdf", "x.pdf"),
        ("a\r\nb\x00.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_name_keeps_no_folders_and_no_control_characters(cast, duty, given, kept):
    file = SimpleUploadedFile("x.pdf", PDF)
    file._name = given  # past Django's own cleaning
    stored = store_upload(file, actor=cast.rm_a, subject_type="duty", subject_no=str(duty.pk))
    assert stored.name == kept


def test_a_file_that_is_too_large_is_refused(cast, duty, settings):
    settings.UPLOAD_MAX_BYTES = 50
    with pytest.raises(ApplicationError) as refusal:
        upload(duty, cast.rm_a)
    assert refusal.value.code == "upload_refused"
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("who", ["rm_b", "outsider", "admin"])
def test_nobody_adds_a_file_to_a_record_they_do_not_see(cast, duty, who):
    with pytest.raises(PermissionRefused):
        upload(duty, cast.people()[who])


def test_a_full_disk_leaves_nothing_behind(cast, duty, settings, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ApplicationError) as refusal:
        upload(duty, cast.rm_a)
    assert (refusal.value.code, refusal.value.status) == ("storage_unavailable", 503)
    assert not StoredFile.objects.exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_the_same_photo_again_is_known(cast, duty):
    first = upload(duty, cast.rm_a, "a.jpg", JPEG)
    second = upload(duty, cast.rm_a, "b.jpg", JPEG)
    assert list(duplicates_of(second)) == [first]
    assert not duplicates_of(first).exists()


def test_a_file_changed_on_the_disk_is_not_given_out(cast, duty):
    stored = upload(duty, cast.rm_a)
    stored.path.chmod(0o600)
    stored.path.write_bytes(b"other")
    with pytest.raises(ApplicationError) as refusal:
        read_file(stored)
    assert refusal.value.code == "file_damaged"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("rm_a", 200),
        ("supervisor_a", 200),
        ("head_b1", 200),
        ("auditor", 200),
        ("rm_b", 404),
        ("outsider", 404),
        ("admin", 404),
    ],
)
def test_a_file_is_given_to_those_who_see_its_record(cast, duty, client, who, status):
    stored = upload(duty, cast.rm_a, "回执.pdf")
    client.force_login(cast.people()[who])
    response = client.get(reverse("documents:download", args=[stored.pk]))
    assert response.status_code == status
    if status == 200:
        assert response.content == PDF
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] == "application/pdf"


# --- numbers ------------------------------------------------------------------------------------


def test_numbers_run_per_kind_branch_and_year(db):
    numbers = [
        next_number("DUN", year=2026, branch_no="S01"),
        next_number("DUN", year=2026, branch_no="S01"),
        next_number("DUN", year=2027, branch_no="S01"),
        next_number("DUN", year=2026, branch_no="S02"),
        next_number("MATURITY", year=2026),
    ]
    assert numbers == [
        "DUN-S01-2026-000001",
        "DUN-S01-2026-000002",
        "DUN-S01-2027-000001",
        "DUN-S02-2026-000001",
        "MATURITY-2026-000001",
    ]


def test_a_number_of_an_undone_act_is_given_again(db):
    with transaction.atomic():
        next_number("DUN", year=2026)
        transaction.set_rollback(True)
    assert next_number("DUN", year=2026) == "DUN-2026-000001"


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        next_number("DUN", year=2026)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="threads share SQLite's database in memory")
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_numbers_given_at_the_same_time_have_no_gap_and_no_double():
    numbers: list[str] = []

    def work() -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    numbers.append(next_number("DUN", year=2026))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(numbers) == [f"DUN-2026-{n:06d}" for n in range(1, 61)]
    assert NumberSeries.objects.get().last == 60


# --- issued documents -----------------------------------------------------------------------------


def issued(cast):
    return issue(
        "DUN",
        actor=cast.rm_a,
        business_date=DAY,
        branch=cast.branches["S01"],
        subject_type="loan",
        subject_no="L1",
        template="notices/dun.html",
        context={"amount": "1000.00", "due_on": DAY},
    )


def test_an_issued_document_is_numbered_and_frozen(cast):
    document = issued(cast)
    assert document.number == "DUN-S01-2026-000001"
    document.refresh_from_db()
    assert is_unchanged(document)
    assert document.context == {"amount": "1000.00", "due_on": "2026-06-01"}


def test_a_reissue_is_a_new_version_of_the_same_number(cast):
    first = issued(cast)
    second = reissue(first, actor=cast.rm_a, business_date=DAY, context={"amount": "999.00"})
    assert (second.number, second.version, second.replaces) == (first.number, 2, first)
    with pytest.raises(Conflict):
        reissue(first, actor=cast.rm_a, business_date=DAY, context={})


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM documents_issueddocument", "UPDATE documents_issueddocument SET context='{}'"],
)
def test_the_database_keeps_issued_documents_as_they_are(cast, statement):
    issued(cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert is_unchanged(IssuedDocument.objects.get())
