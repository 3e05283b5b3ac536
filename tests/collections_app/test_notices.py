"""Issuing, sending and receipts: what closes a duty, what is refused, and what happens twice."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from collections_app.daily import void_unsent
from collections_app.models import Notice, NoticeBatch
from collections_app.services import batches
from collections_app.services.delivering import (
    Attempt,
    Signature,
    record_contact,
    record_delivery,
    record_receipt,
)
from collections_app.services.issuing import issue_notice, reissue_notice
from core.errors import ApplicationError, Conflict, PermissionRefused
from core.models import AuditEvent
from documents.models import IssuedDocument
from duties.closing import lapse
from duties.enums import CloseReason, DutyState
from duties.models import Duty
from tests.builders import build_context, build_instalment, build_loan
from tests.collections_app.letters import TODAY, customer, dun, guarantee, matured_loan, start
from tests.documents.files import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(cast):
    start()
    return cast


@pytest.fixture
def loan(bank):
    return matured_loan(customer(bank))


@pytest.fixture
def duty(bank, loan):
    return dun(bank, loan)


@pytest.fixture
def notice(bank, duty):
    return issue_notice(duty, actor=bank.rm_a, business_date=TODAY)


def scan():
    return SimpleUploadedFile("receipt.pdf", PDF)


def ems(**changes):
    return Attempt(**{"method": "ems", "on": TODAY, "tracking_no": "EX123456789CN", **changes})


def signature(**changes):
    values = {
        "signed_on": TODAY,
        "signed_by": "李雷",
        "capacity": "authorised",
        "sealed": True,
        "scan": scan(),
    }
    return Signature(**{**values, **changes})


def send(notice, actor, attempt=None, *, on=TODAY, version=None):
    seen = notice.version if version is None else version
    return record_delivery(notice, attempt or ems(), actor=actor, business_date=on, version=seen)


def refused(code):
    return pytest.raises(ApplicationError, check=lambda error: error.code == code)


# --- issuing


def test_letter_is_numbered_frozen_and_does_not_close_the_duty(notice, duty):
    assert (notice.state, notice.number) == ("issued", "YQCS-S01-2026-000001")
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN
    assert AuditEvent.objects.filter(action="document.batch_issued", subject_no=str(duty.pk)).count() == 1


def test_second_letter_of_a_duty_is_refused(notice, duty, bank):
    with pytest.raises(Conflict):
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)
    assert Notice.objects.count() == IssuedDocument.objects.count() == 1


@pytest.mark.parametrize("who", ["rm_b", "auditor", "risk", "outsider", "admin"])
def test_nobody_else_issues_it(duty, bank, who):
    with pytest.raises(PermissionRefused):
        issue_notice(duty, actor=getattr(bank, who), business_date=TODAY)
    assert not Notice.objects.exists()


def test_what_was_paid_meanwhile_is_not_dunned(duty, loan, bank):
    loan.instalments.update(paid_on=TODAY)
    with refused("paid"):
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)
    assert not IssuedDocument.objects.exists()


def test_settled_loan_gets_no_letter(duty, loan, bank):
    loan.ended_on = TODAY
    loan.save(update_fields=["ended_on"])
    with refused("ended"):
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)


def test_lapsed_duty_says_why(duty, bank):
    lapse(Duty.objects.all(), on=TODAY, reason=CloseReason.PAID)
    duty.refresh_from_db()
    with refused("duty_closed"):
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)


def test_every_guarantor_gets_a_letter_of_the_own(bank, loan):
    for no in ("G-1", "G-2"):
        guarantee(loan, no, name=f"Guarantor {no}")
        duty = dun(bank, loan, "GUARANTOR_NOTICE", subject_no=f"L-A/{no}")
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)
    assert set(Notice.objects.values_list("addressee", flat=True)) == {"Guarantor G-1", "Guarantor G-2"}


def test_guarantor_without_a_guarantee_gets_none(bank, loan):
    duty = dun(bank, loan, "GUARANTOR_NOTICE", subject_no="L-A/G-9")
    with refused("facts_missing"):
        issue_notice(duty, actor=bank.rm_a, business_date=TODAY)


# --- sending


def test_sending_closes_the_duty_on_its_date_and_expects_a_receipt(notice, duty, bank):
    later = dt.date(2026, 6, 5)
    send(notice, bank.rm_a, ems(on=TODAY), on=later)
    duty.refresh_from_db()
    assert (duty.state, duty.done_on, duty.closed_on) == (DutyState.DONE, TODAY, later)
    assert duty.evidence == f"notice:{notice.pk}"
    # Five working days after Wednesday the 3rd.
    assert (notice.state, notice.sent_on, notice.receipt_due_on) == ("sent", TODAY, dt.date(2026, 6, 10))


@pytest.mark.parametrize(
    ("attempt", "field"),
    [
        (ems(tracking_no=" "), "tracking_no"),
        (ems(method="registered", tracking_no=""), "tracking_no"),
        (ems(method="in_person"), "person"),
        (ems(method="newspaper"), "proof"),
        (ems(method="phone", person="李雷", note="ok"), "method"),
        (ems(method="sms", note="ok"), "method"),
        (ems(on=dt.date(2026, 6, 4)), "on"),
        (ems(on=dt.date(2026, 6, 2)), "on"),
    ],
)
def test_what_proves_nothing_is_refused_beside_its_field(notice, duty, bank, attempt, field):
    with pytest.raises(ApplicationError) as error:
        send(notice, bank.rm_a, attempt)
    assert error.value.details.keys() == {field}
    duty.refresh_from_db()
    assert (duty.state, notice.deliveries.count()) == (DutyState.OPEN, 0)


def test_nobody_found_leaves_the_duty_open_until_it_goes_another_way(notice, duty, bank):
    send(notice, bank.rm_a, ems(method="in_person", person="Gate", outcome="undeliverable"))
    duty.refresh_from_db()
    assert (notice.state, duty.state, notice.receipt_due_on) == ("undeliverable", DutyState.OPEN, None)
    send(notice, bank.rm_a)
    duty.refresh_from_db()
    assert (notice.state, duty.state) == ("sent", DutyState.DONE)


def test_result_of_the_mail_is_recorded_beside_the_sending(notice, duty, bank):
    send(notice, bank.rm_a)
    send(notice, bank.rm_a, ems(outcome="refused", on=dt.date(2026, 6, 5)), on=dt.date(2026, 6, 5))
    duty.refresh_from_db()
    assert (notice.state, notice.sent_on, duty.done_on) == ("refused", TODAY, TODAY)
    assert [row.outcome for row in notice.deliveries.all()] == ["sent", "refused"]


def test_stale_form_changes_nothing(notice, duty, bank):
    with pytest.raises(Conflict):
        send(notice, bank.rm_a, version=7)
    assert not notice.deliveries.exists()


def test_another_branch_records_nothing(notice, bank):
    with pytest.raises(PermissionRefused):
        send(notice, bank.rm_b)


def test_supervisor_records_for_the_officer(notice, duty, bank):
    send(notice, bank.supervisor_a)
    duty.refresh_from_db()
    assert duty.state == DutyState.DONE


# --- payment before the letter left


def void(day=TODAY):
    return void_unsent(build_context(day.isoformat(), previous="2026-06-02", started="2026-01-01"))


def test_unsent_letter_is_void_once_its_duty_lapsed_and_says_why(notice, bank):
    lapse(Duty.objects.all(), on=TODAY, reason=CloseReason.PAID)
    assert void().counts == {"letters voided": 1}
    assert void().counts.get("letters voided", 0) == 0
    notice.refresh_from_db()
    assert (notice.state, notice.state_note) == ("void", CloseReason.PAID)
    with refused("void"):
        send(notice, bank.rm_a, ems(on=dt.date(2026, 6, 5)), on=dt.date(2026, 6, 5))


def test_sent_letter_stays_when_the_payment_comes_later(notice, bank):
    send(notice, bank.rm_a)
    lapse(Duty.objects.all(), on=TODAY, reason=CloseReason.PAID)
    void()
    notice.refresh_from_db()
    assert notice.state == "sent"


def test_letter_that_had_left_before_the_payment_is_still_recorded(notice, duty, bank):
    later = dt.date(2026, 6, 5)
    lapse(Duty.objects.all(), on=later, reason=CloseReason.PAID)
    void(later)
    notice.refresh_from_db()
    notice.duty.refresh_from_db()
    send(notice, bank.rm_a, ems(on=TODAY), on=dt.date(2026, 6, 8))
    duty.refresh_from_db()
    assert (notice.state, duty.state) == ("sent", DutyState.LAPSED)


def test_voiding_takes_one_statement(notice, django_assert_num_queries):
    context = build_context(TODAY.isoformat(), previous="2026-06-02", started="2026-01-01")
    with django_assert_num_queries(1):
        void_unsent(context)


# --- receipts


def test_receipt_with_signature_and_seal_is_complete(notice, bank):
    send(notice, bank.rm_a)
    record_receipt(notice, signature(), actor=bank.rm_a, business_date=TODAY, version=notice.version)
    assert (notice.state, notice.receipt_complete) == ("receipted", True)


def test_receipt_without_the_seal_stays_to_be_chased_until_it_is_there(notice, bank):
    send(notice, bank.rm_a)
    due = notice.receipt_due_on
    record_receipt(
        notice, signature(sealed=False), actor=bank.rm_a, business_date=TODAY, version=notice.version
    )
    assert list(Notice.objects.to_chase(due)) == [notice]
    record_receipt(notice, signature(), actor=bank.rm_a, business_date=TODAY, version=notice.version)
    assert list(Notice.objects.to_chase(due)) == []


def test_missing_receipt_is_chased_from_its_day_on(notice, bank):
    send(notice, bank.rm_a)
    assert not Notice.objects.to_chase(dt.date(2026, 6, 9)).exists()
    assert Notice.objects.to_chase(dt.date(2026, 6, 10)).exists()


def test_persons_signature_suffices(bank):
    loan = matured_loan(customer(bank, borrower_type="personal", name="王芳"))
    notice = issue_notice(dun(bank, loan), actor=bank.rm_a, business_date=TODAY)
    send(notice, bank.rm_a)
    given = signature(capacity="self", sealed=False)
    record_receipt(notice, given, actor=bank.rm_a, business_date=TODAY, version=notice.version)
    assert notice.receipt_complete


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"capacity": "self"}, "capacity"), ({"signed_on": dt.date(2026, 6, 2)}, "signed_on")],
)
def test_receipt_that_cannot_be_is_refused(notice, bank, changes, field):
    send(notice, bank.rm_a)
    with pytest.raises(ApplicationError) as error:
        record_receipt(
            notice, signature(**changes), actor=bank.rm_a, business_date=TODAY, version=notice.version
        )
    assert error.value.details.keys() == {field}
    assert not notice.receipts.exists()


def test_receipt_before_the_sending_is_refused(notice, bank):
    with refused("no_receipt_expected"):
        record_receipt(notice, signature(), actor=bank.rm_a, business_date=TODAY, version=notice.version)


def test_wrong_scan_is_told_beside_the_scan(notice, bank):
    send(notice, bank.rm_a)
    wrong = signature(scan=SimpleUploadedFile("a.pdf", b"no pdf"))
    with pytest.raises(ApplicationError) as error:
        record_receipt(notice, wrong, actor=bank.rm_a, business_date=TODAY, version=notice.version)
    assert error.value.details.keys() == {"scan"}


def test_what_was_recorded_is_never_changed(notice, bank):
    send(notice, bank.rm_a)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        notice.deliveries.update(tracking_no="another")


# --- without a letter


def interest(bank, **fields):
    loan = build_loan("L-I", customer(bank, "C-I"), disbursed="2025-05-25", matures="2027-05-25")
    build_instalment(loan, "2026-06-20", interest="377.01")
    values = {"anchor": dt.date(2026, 6, 20), "opens_on": dt.date(2026, 6, 1), **fields}
    return dun(bank, loan, "INTEREST_REMINDER", **values)


def test_phone_call_discharges_the_reminder(bank):
    duty = interest(bank)
    call = Attempt(method="phone", on=TODAY, outcome="delivered", person="李雷", note="Will pay on the day")
    notice = record_contact(duty, call, actor=bank.rm_a, business_date=TODAY)
    duty.refresh_from_db()
    assert (duty.state, duty.done_on, notice.state, notice.document) == ("done", TODAY, "contacted", None)
    assert notice.receipt_due_on is None


def test_phone_call_does_not_discharge_a_dunning_letter(duty, bank):
    call = Attempt(method="phone", on=TODAY, person="李雷", note="Will pay")
    with pytest.raises(ApplicationError) as error:
        record_contact(duty, call, actor=bank.rm_a, business_date=TODAY)
    assert error.value.details.keys() == {"method"}


def test_letter_of_a_reminder_wants_no_receipt(bank):
    notice = issue_notice(interest(bank), actor=bank.rm_a, business_date=TODAY)
    send(notice, bank.rm_a)
    assert notice.receipt_due_on is None


# --- a corrected version


def test_reissue_keeps_the_number_and_takes_the_figures_of_the_day(notice, loan, bank):
    loan.instalments.filter(seq=2).update(interest_paid="1234.56")
    later = dt.date(2026, 6, 4)
    reissue_notice(
        notice, actor=bank.rm_a, business_date=later, reason="Part payment", version=notice.version
    )
    notice = Notice.objects.get()
    assert (str(notice.document), notice.issued_on) == ("YQCS-S01-2026-000001 v2", later)
    assert notice.document.context["totals"][0]["total"]["digits"] == "100,000.00"
    assert IssuedDocument.objects.count() == 2


def test_letter_that_is_with_its_addressee_is_not_reissued(notice, bank):
    send(notice, bank.rm_a)
    with refused("sent_already"):
        reissue_notice(
            notice, actor=bank.rm_a, business_date=TODAY, reason="Wrong name", version=notice.version
        )


# --- batches


def many(bank, n):
    borrower = customer(bank)
    return [dun(bank, matured_loan(borrower, f"L-{i:03}")).pk for i in range(n)]


def batch_of(bank, ids, token="a" * 32, who="rm_a"):
    return batches.open_batch(ids, actor=getattr(bank, who), business_date=TODAY, token=token)


def work_off(batch):
    return batches.work_off(NoticeBatch.objects.get(pk=batch.pk), lambda done, total: None)


def test_batch_issues_prints_and_tells_what_it_left_out(bank):
    ids = many(bank, 3)
    paid = Duty.objects.get(pk=ids[1])
    issue_notice(Duty.objects.get(pk=ids[2]), actor=bank.rm_a, business_date=TODAY)
    from loans.models import Instalment

    Instalment.objects.filter(loan__loan_no=paid.subject_no).update(paid_on=TODAY)
    batch = batch_of(bank, ids)
    assert work_off(batch) == {"issued": 1, "refused": 2}
    batch.refresh_from_db()
    assert [(row["duty"], row["code"]) for row in batch.refusals] == [
        (ids[1], "paid"),
        (ids[2], "issued_already"),
    ]
    assert batch.pdf.path.read_bytes().startswith(b"%PDF-")


def test_batch_done_again_after_a_crash_adds_nothing(bank):
    batch = batch_of(bank, many(bank, 2))
    first = work_off(batch)
    assert work_off(batch) == first == {"issued": 2, "refused": 0}
    assert Notice.objects.count() == 2


def test_same_form_sent_twice_is_one_batch(bank):
    ids = many(bank, 1)
    assert batch_of(bank, ids).pk == batch_of(bank, ids).pk
    assert NoticeBatch.objects.count() == 1


@pytest.mark.parametrize(("n", "code"), [(0, "nothing_chosen"), (batches.MAX_BATCH + 1, "too_many")])
def test_wrong_number_of_letters_is_refused(bank, n, code):
    with refused(code):
        batch_of(bank, range(1, n + 1))


def test_somebody_elses_duties_are_told_not_issued(bank):
    batch = batch_of(bank, many(bank, 1), who="rm_b")
    assert work_off(batch) == {"issued": 0, "refused": 1}


def test_queries_of_issuing_do_not_grow_with_the_letters(bank, django_assert_max_num_queries):
    from collections_app.services.issuing import issue_notices

    ids = many(bank, 30)
    batch = batch_of(bank, ids)
    for part in (ids[:1], ids[1:]):
        with django_assert_max_num_queries(24):
            issue_notices(part, actor=bank.rm_a, business_date=TODAY, batch=batch)
    assert Notice.objects.count() == 30
    assert Notice.objects.order_by("-document__number").first().number.endswith("000030")


@pytest.mark.slow
def test_batch_of_two_hundred_letters(bank, capsys):
    import sys

    from core.clock import stopwatch

    batch = batch_of(bank, many(bank, batches.MAX_BATCH))
    began = stopwatch()
    assert work_off(batch) == {"issued": batches.MAX_BATCH, "refused": 0}
    with capsys.disabled():
        sys.stdout.write(f"\n{batches.MAX_BATCH} letters issued and printed in {stopwatch() - began:.1f} s\n")
