"""The pages of letters: lists, one letter, forms that keep what was typed, batches."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collections_app.models import Notice, NoticeBatch
from collections_app.services.batches import JOB
from collections_app.services.delivering import record_delivery
from collections_app.services.issuing import issue_notice
from core import jobs
from core.models import AuditEvent, Job
from duties.enums import DutyState
from tests.builders import build_instalment, build_loan
from tests.collections_app.letters import TODAY, customer, dun, guarantee, matured_loan, start
from tests.collections_app.test_notices import ems
from tests.documents.files import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(cast, client):
    client.cookies["django_language"] = "en"
    start()
    client.force_login(cast.rm_a)
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


def url(name, *args):
    return reverse(f"collections:{name}", args=args)


def sent(**changes):
    values = {
        "method": "ems",
        "on": TODAY.isoformat(),
        "outcome": "sent",
        "tracking_no": "EX1",
        "version": "0",
    }
    return {f"sent-{name}": value for name, value in {**values, **changes}.items()}


def back(**changes):
    values = {
        "signed_on": TODAY.isoformat(),
        "signed_by": "Li Lei",
        "capacity": "authorised",
        "sealed": "on",
        "version": "1",
        "scan": SimpleUploadedFile("receipt.pdf", PDF),
    }
    return {f"back-{name}": value for name, value in {**values, **changes}.items()}


# --- lists


def test_due_list_shows_what_is_owed_and_not_issued(duty, client, bank, loan):
    guarantee(loan, name="Wang Jianguo")
    dun(bank, loan, "GUARANTOR_NOTICE", subject_no="L-A/G-1", explanation={"guarantor": "Wang Jianguo"})
    html = client.get(url("due")).content.decode()
    assert url("letter", duty.pk) in html
    assert "Wang Jianguo" in html
    issue_notice(duty, actor=bank.rm_a, business_date=TODAY)
    assert url("letter", duty.pk) not in client.get(url("due")).content.decode()


def test_due_list_is_filtered_by_kind_and_deadline(duty, client):
    there = url("letter", duty.pk)
    for query, shown in (
        ("?kind=DUN_PRINCIPAL", True),
        ("?kind=NPL_DUN", False),
        (f"?due_to={duty.due_on}", True),
        ("?due_to=2026-01-01", False),
        ("?q=L-A", True),
        ("?q=nobody", False),
    ):
        assert (there in client.get(url("due") + query).content.decode()) is shown, query


def test_lists_show_the_own_branch_only(notice, duty, client, bank):
    dun(bank, matured_loan(customer(bank, "C-B"), "L-B"))
    client.force_login(bank.rm_b)
    for name in ("due", "issued", "receipts"):
        html = client.get(url(name)).content.decode()
        assert "L-B" not in html
        assert notice.number not in html


def test_state_filter_finds_letters_to_be_sent(notice, client):
    assert notice.number in client.get(url("issued") + "?state=issued").content.decode()
    assert notice.number not in client.get(url("issued") + "?state=sent").content.decode()


def test_missing_receipt_is_listed_from_its_day_on(notice, client, bank):
    record_delivery(notice, ems(), actor=bank.rm_a, business_date=TODAY, version=0)
    assert notice.number not in client.get(url("receipts")).content.decode()
    start(dt.date(2026, 6, 10))
    assert notice.number in client.get(url("receipts")).content.decode()


@pytest.mark.parametrize("n", [1, 30])
def test_lists_cost_the_same_for_one_and_for_thirty(bank, client, n, django_assert_max_num_queries):
    borrower = customer(bank)
    for i in range(n):
        loan = matured_loan(borrower, f"L-{i:03}")
        notice = issue_notice(dun(bank, loan), actor=bank.rm_a, business_date=TODAY)
        record_delivery(notice, ems(), actor=bank.rm_a, business_date=TODAY, version=0)
        dun(bank, loan, "DUN_INTEREST")
    start(dt.date(2026, 6, 30))
    client.force_login(bank.supervisor_a)
    for name in ("due", "issued", "receipts"):
        with django_assert_max_num_queries(12):
            page = client.get(url(name))
        assert page.content.decode().count("<tr") == n + 1


# --- one duty


def test_page_of_a_duty_previews_the_letter(duty, client):
    html = client.get(url("letter", duty.pk)).content.decode()
    assert "101,000.06" in html
    assert "（出具时编号）" in html
    assert url("issue", duty.pk) in html
    assert not Notice.objects.exists()


def test_duty_leads_to_its_letter_from_the_workbench_and_its_page(duty, client):
    for page in (reverse("reports:workbench"), reverse("reports:duty", args=[duty.pk])):
        assert f'href="{url("letter", duty.pk)}"' in client.get(page).content.decode()


def test_issuing_twice_issues_once(duty, client):
    for _turn in range(2):
        response = client.post(url("issue", duty.pk))
        assert response["Location"] == url("notice", Notice.objects.get().pk)
    assert client.get(url("letter", duty.pk))["Location"] == url("notice", Notice.objects.get().pk)


def test_paid_debt_shows_the_reason_instead_of_the_button(duty, loan, client):
    loan.instalments.update(paid_on=TODAY)
    html = client.get(url("letter", duty.pk)).content.decode()
    assert "Paid in full on 2026-06-03" in html
    assert url("issue", duty.pk) not in html
    response = client.post(url("issue", duty.pk))
    assert response.status_code == 422
    assert not Notice.objects.exists()


def test_general_guarantee_and_expired_one_warn(bank, loan, client):
    guarantee(loan, "G-1", liability="general")
    guarantee(loan, "G-2", expires="2026-05-31")
    general, expired = (dun(bank, loan, "GUARANTOR_NOTICE", subject_no=f"L-A/{no}") for no in ("G-1", "G-2"))
    assert "is not saved by letters" in client.get(url("letter", general.pk)).content.decode()
    assert "does not revive the guarantee" in client.get(url("letter", expired.pk)).content.decode()


def test_auditor_reads_without_forms(notice, client, bank):
    client.force_login(bank.auditor)
    html = client.get(url("notice", notice.pk)).content.decode()
    assert "sent-method" not in html
    assert notice.number in html


def reminder(bank):
    loan = build_loan("L-I", customer(bank, "C-I"), disbursed="2025-05-25", matures="2027-05-25")
    build_instalment(loan, "2026-06-20", interest="377.01")
    return dun(bank, loan, "INTEREST_REMINDER", anchor=dt.date(2026, 6, 20), opens_on=dt.date(2026, 6, 1))


def called(**changes):
    values = {"method": "phone", "on": TODAY.isoformat(), "person": "Li Lei", "note": "Will pay on the day"}
    return {f"contact-{name}": value for name, value in {**values, **changes}.items()}


def test_phone_call_is_recorded_once(bank, client):
    duty = reminder(bank)
    assert "contact-method" in client.get(url("letter", duty.pk)).content.decode()
    for _turn in range(2):
        assert client.post(url("contact", duty.pk), called()).status_code == 302
    duty.refresh_from_db()
    assert (duty.state, Notice.objects.count()) == (DutyState.DONE, 1)
    html = client.get(url("notice", Notice.objects.get().pk)).content.decode()
    assert "Will pay on the day" in html


@pytest.mark.parametrize(
    "changes", [{"person": ""}, {"note": ""}, {"on": "2026-06-04"}, {"on": "x"}, {"method": "ems"}]
)
def test_wrong_contact_is_refused_and_kept(bank, client, changes):
    duty = reminder(bank)
    response = client.post(url("contact", duty.pk), called(**changes))
    assert response.status_code == 422
    html = response.content.decode()
    assert 'aria-invalid="true"' in html
    assert changes.get("note", "Will pay on the day") in html
    assert not Notice.objects.exists()


# --- one letter


def test_sending_and_receipt_are_recorded_on_the_page(notice, duty, client):
    response = client.post(url("delivery", notice.pk), sent(), follow=True)
    assert "The sending was recorded" in response.content.decode()
    duty.refresh_from_db()
    assert duty.state == DutyState.DONE
    response = client.post(url("receipt", notice.pk), back(), follow=True)
    html = response.content.decode()
    assert "signed and sealed" in html
    assert "receipt.pdf" in html
    notice.refresh_from_db()
    assert notice.receipt_complete
    acts = AuditEvent.objects.filter(subject_type="notice", subject_no=str(notice.pk))
    assert set(acts.values_list("action", flat=True)) == {
        "notice.delivery_recorded",
        "notice.receipt_recorded",
    }


@pytest.mark.parametrize(
    "changes",
    [{"tracking_no": ""}, {"on": "2026-06-04"}, {"on": ""}, {"method": "sms"}, {"outcome": "lost"}],
)
def test_wrong_sending_is_refused_beside_its_field_and_kept(notice, duty, client, changes):
    response = client.post(url("delivery", notice.pk), sent(note="The courier came at noon", **changes))
    assert response.status_code == 422
    html = response.content.decode()
    assert 'aria-invalid="true"' in html
    assert "The courier came at noon" in html
    duty.refresh_from_db()
    assert duty.state == DutyState.OPEN


def test_same_sending_submitted_twice_is_one_act(notice, client):
    for _turn in range(2):
        assert client.post(url("delivery", notice.pk), sent()).status_code == 302
    assert notice.deliveries.count() == 1


def test_stale_form_shows_what_happened_beside_what_was_typed(notice, client, bank):
    record_delivery(
        notice,
        ems(method="in_person", person="Gate keeper"),
        actor=bank.supervisor_a,
        business_date=TODAY,
        version=0,
    )
    response = client.post(url("delivery", notice.pk), sent(note="Sent by the courier"))
    assert response.status_code == 409
    html = response.content.decode()
    assert "Sent by the courier" in html
    assert "Handed over in person" in html
    assert 'name="sent-version" value="1"' in html


def test_wrong_scan_is_told_beside_its_field(notice, client, bank):
    record_delivery(notice, ems(), actor=bank.rm_a, business_date=TODAY, version=0)
    response = client.post(url("receipt", notice.pk), back(scan=SimpleUploadedFile("a.pdf", b"no pdf")))
    assert response.status_code == 422
    assert response.context["receipt_form"].errors.keys() == {"scan"}
    assert "Li Lei" in response.content.decode()


def test_new_version_is_issued_from_the_page(notice, client):
    response = client.post(
        url("reissue", notice.pk), {"anew-reason": "The name was wrong", "anew-version": "0"}, follow=True
    )
    html = response.content.decode()
    assert "v2" in html
    assert "The name was wrong" in html


def test_page_of_a_letter_costs_the_same_after_thirty_deliveries(
    notice, client, bank, django_assert_max_num_queries
):
    for n in range(30):
        notice.deliveries.create(
            method="ems",
            outcome="sent",
            on=TODAY,
            tracking_no=str(n),
            recorded_by=bank.rm_a,
            recorded_on=TODAY,
        )
    with django_assert_max_num_queries(12):
        assert client.get(url("notice", notice.pk)).status_code == 200


def test_pdf_opens_for_who_sees_the_duty(notice, client, bank):
    there = reverse("documents:issued_pdf", args=[notice.number, 1])
    response = client.get(there)
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("inline")
    client.force_login(bank.rm_b)
    assert client.get(there).status_code == 404


# --- batches


def choose(*duties, token="b" * 32):
    return {"token": token, "duty": [str(duty.pk) for duty in duties]}


def test_chosen_letters_are_issued_in_the_background_and_printed(duty, client, bank, loan):
    guarantee(loan)
    other = dun(bank, loan, "GUARANTOR_NOTICE", subject_no="L-A/G-1")
    response = client.post(url("make_batch"), choose(duty, other))
    batch = NoticeBatch.objects.get()
    assert response["Location"] == url("batch", batch.pk)
    assert "every 2s" in client.get(url("batch", batch.pk)).content.decode()
    assert jobs.run(Job.objects.get(kind=JOB).pk)
    html = client.get(url("batch", batch.pk)).content.decode()
    assert "2 letters issued" in html
    assert "every 2s" not in html
    batch.refresh_from_db()
    assert client.get(reverse("documents:download", args=[batch.pdf_id])).status_code == 200
    client.force_login(bank.rm_b)
    assert client.get(reverse("documents:download", args=[batch.pdf_id])).status_code == 404


def test_dispatch_list_names_the_letters_and_who_exported_it(duty, client, bank):
    from openpyxl import load_workbook

    client.post(url("make_batch"), choose(duty))
    jobs.run(Job.objects.get(kind=JOB).pk)
    Notice.objects.update(addressee="=1+1")
    batch = NoticeBatch.objects.get()
    sheet = load_workbook(io.BytesIO(client.get(url("dispatch", batch.pk)).content)).active
    rows = list(sheet.values)
    assert bank.rm_a.name in rows[0][0]
    assert rows[2][1:4] == ("YQCS-S01-2026-000001", "Dunning of the matured loan", "'=1+1")
    assert AuditEvent.objects.filter(action="notice.dispatch_exported").count() == 1


def test_nothing_chosen_is_told_on_the_list(duty, client):
    response = client.post(url("make_batch"), choose())
    assert response.status_code == 422
    assert "Choose at least one letter" in response.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"token": "x", "duty": "1"},
        {"token": "c" * 32, "duty": "a"},
        {"token": "c" * 32, "duty": "9" * 30},
    ],
)
def test_tampered_form_changes_nothing(duty, client, data):
    assert client.post(url("make_batch"), data).status_code == 422
    assert not NoticeBatch.objects.exists()


def test_duties_of_another_branch_cannot_be_chosen(duty, client, bank):
    client.force_login(bank.rm_b)
    assert client.post(url("make_batch"), choose(duty)).status_code == 422
    assert not NoticeBatch.objects.exists()


def test_batch_of_another_branch_is_not_found(duty, client, bank):
    client.post(url("make_batch"), choose(duty))
    batch = NoticeBatch.objects.get()
    client.force_login(bank.rm_b)
    assert client.get(url("batch", batch.pk)).status_code == 404
