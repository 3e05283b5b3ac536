"""Inspection reports: drafted for a duty, saved with a version, handed in, signed, returned (CAL-9)."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from approvals.models import Request
from approvals.services import decide, withdraw
from core.errors import ApplicationError, Conflict, PermissionRefused
from core.models import AuditEvent
from duties.acts import act_of
from duties.models import Duty
from inspections.models import Checklist, ChecklistItem, InspectionReport
from inspections.selectors.reports import evidence_of, last_report, sections_of
from inspections.services import (
    add_evidence,
    draft_report,
    submit_report,
    withdraw_report,
    write_report,
)
from loans.models import FinancialItem, Loan
from tests.builders import build_borrower, build_loan, day
from tests.documents.files import JPEG
from tests.duties.conftest import open_rule_duty
from tests.inspections.writing import (
    DUE,
    OPINION,
    TODAY,
    customer,
    findings,
    first_duty,
    handed_in,
    head,
    quarter_duty,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def duty(cast):
    customer(cast)
    return quarter_duty(cast)


def sign(cast, who, outcome="approve", on=TODAY):
    request = Request.objects.open().get()
    return decide(request, actor=getattr(cast, who), business_date=on, outcome=outcome, opinion=OPINION)


def gaps_of(cast, report, **changes):
    """What handing a report in with these changes is refused for."""
    report = write_report(report, actor=cast.rm_a, business_date=TODAY, version=report.version, **changes)
    with pytest.raises(ApplicationError) as refusal:
        submit_report(report, actor=cast.rm_a, business_date=TODAY)
    assert refusal.value.code == "incomplete"
    return refusal.value.details


# --- drafting -----------------------------------------------------------------------------------------
def test_draft_knows_what_it_is_about(cast, duty):
    report = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    assert report.report_no == "RPT-S01-2026-000001"
    assert (report.kind, report.period_key, report.loans) == ("routine", "2026Q1", "L-C-A")
    assert (report.period_start, report.period_end) == (day("2026-01-01"), day("2026-03-31"))
    assert (report.state, report.checklist.audience, report.checklist.version) == ("draft", "corporate", 1)
    assert AuditEvent.objects.get().action == "report.drafted"


def test_second_beginning_gives_the_same_report(cast, duty):
    first = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    assert draft_report(duty, actor=cast.rm_a, business_date=TODAY) == first
    assert AuditEvent.objects.count() == 1


def test_month_and_quarter_go_together_and_the_annual_report_stays_alone(cast):
    customer(cast)
    shared = {"subject_no": "C-A", "borrower_no": "C-A", "loans": "L-C-A"}
    end = day("2026-12-31")
    month = open_rule_duty(cast, "REPORT_MONTH", anchor=end, period_key="2026-12", **shared)
    quarter = open_rule_duty(cast, "REPORT_QUARTER", anchor=end, period_key="2026Q4", **shared)
    year = open_rule_duty(cast, "REPORT_YEAR", anchor=end, period_key="2026", **shared)
    report = draft_report(month, actor=cast.rm_a, business_date=end)
    assert {answer.duty for answer in report.answers.all()} == {month, quarter}
    assert (report.period_key, report.period_start) == ("2026Q4", day("2026-10-01"))
    annual = draft_report(year, actor=cast.rm_a, business_date=end)
    assert (annual.kind, annual.period_key) == ("annual", "2026")


def test_first_inspections_of_one_borrower_share_a_visit(cast):
    borrower = customer(cast)
    build_loan("L-2", borrower, disbursed="2026-03-25", matures="2027-03-25")
    one, two = first_duty(cast), first_duty(cast, loan_no="L-2", on="2026-03-25")
    report = draft_report(two, actor=cast.rm_a, business_date=TODAY)
    assert {answer.duty for answer in report.answers.all()} == {one, two}
    assert report.loan_nos == ["L-2", "L-C-A"]
    assert report.kind == "first"


@pytest.mark.parametrize("who", ["rm_b", "auditor", "risk", "admin", "outsider"])
def test_others_begin_no_report(cast, duty, who):
    with pytest.raises(PermissionRefused):
        draft_report(duty, actor=getattr(cast, who), business_date=TODAY)
    assert not InspectionReport.objects.exists()


def test_closed_duty_asks_for_no_report(cast, duty):
    Duty.objects.update(state="lapsed", closed_on=TODAY)
    with pytest.raises(Conflict):
        draft_report(duty, actor=cast.rm_a, business_date=TODAY)


# --- writing --------------------------------------------------------------------------------------------
def test_writing_keeps_the_parts_and_audits_what_changed(cast, duty):
    report = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    write_report(
        report,
        actor=cast.rm_a,
        business_date=TODAY,
        version=0,
        place=" Works ",
        findings={"B1": {"answer": "Two lines of three run", "note": ""}, "ZZ": {"answer": "no such"}},
    )
    assert (report.place, report.version) == ("Works", 1)
    assert report.findings == {"B1": {"answer": "Two lines of three run", "note": ""}}
    changed = AuditEvent.objects.get(action="report.written").after["changed"]
    assert changed["place"] == ["", "Works"]
    assert list(changed["findings"]) == ["B1"]


def test_same_words_again_change_nothing_whatever_the_version(cast, duty):
    report = written(cast, duty)
    again = write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, **head())
    assert again.version == report.version
    assert AuditEvent.objects.filter(action="report.written").count() == 1


def test_second_tab_is_a_conflict(cast, duty):
    report = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, place="here")
    with pytest.raises(Conflict):
        write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, place="there")
    report.refresh_from_db()
    assert report.place == "here"


def test_only_the_author_writes(cast, duty):
    report = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    for who in (cast.supervisor_a, cast.rm_b):
        with pytest.raises(PermissionRefused):
            write_report(report, actor=who, business_date=TODAY, version=0, place="x")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"measures": [{"what": "Call", "owner": "A", "due_on": "soon"}]}, "measures"),
        ({"measures": [{"what": str(n)} for n in range(31)]}, "measures"),
        ({"findings": {"B1": {"answer": "x" * 4001}}}, "item:B1"),
    ],
)
def test_what_cannot_be_stored_is_refused_beside_its_field(cast, duty, content, field):
    report = draft_report(duty, actor=cast.rm_a, business_date=TODAY)
    with pytest.raises(ApplicationError) as refusal:
        write_report(report, actor=cast.rm_a, business_date=TODAY, version=0, **content)
    assert list(refusal.value.details) == [field]


# --- handing in ------------------------------------------------------------------------------------------
def test_handing_in_closes_the_duty_and_asks_the_supervisor(cast, duty):
    report = handed_in(cast, duty)
    duty.refresh_from_db()
    assert (duty.state, duty.done_on, duty.evidence) == (
        "done",
        TODAY,
        f"inspection_report:{report.report_no}",
    )
    request = Request.objects.get()
    assert (request.kind, request.levels, request.content_hash) == (
        "INSPECTION_REPORT",
        2,
        report.content_hash,
    )
    assert Duty.objects.get(code="SIGN_INSPECTION_REPORT_1").owner == cast.supervisor_a
    assert (report.state, report.submission, report.first_submitted_on) == ("submitted", 1, TODAY)


def test_late_report_is_late_by_its_date(cast, duty):
    handed_in(cast, duty, on=DUE + dt.timedelta(days=1))
    duty.refresh_from_db()
    assert duty.done_on > duty.due_on == DUE


def test_handing_in_twice_is_a_conflict(cast, duty):
    report = handed_in(cast, duty)
    with pytest.raises(Conflict):
        submit_report(report, actor=cast.rm_a, business_date=TODAY)
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    "loan", [{"delivered_regime": "key"}, {"delivered_class": "special_mention"}, {"delivered_class": "loss"}]
)
def test_key_and_worse_loans_are_signed_by_three(cast, loan):
    customer(cast, **loan)
    handed_in(cast, quarter_duty(cast))
    request = Request.objects.get()
    assert (request.kind, request.levels) == ("INSPECTION_REPORT_KEY", 3)
    sign(cast, "supervisor_a")
    sign(cast, "head_b1")
    assert InspectionReport.objects.get().state == "submitted"
    sign(cast, "risk")
    assert InspectionReport.objects.get().state == "approved"


def test_empty_draft_says_everything_that_is_missing(cast, duty):
    found = gaps_of(cast, draft_report(duty, actor=cast.rm_a, business_date=TODAY))
    assert {"visited_on", "method", "conclusion", "summary", "statements_on", "item:B1", "item:D2"} <= set(
        found
    )
    assert "item:A3" not in found  # asked of a first inspection alone
    assert "item:F1" not in found  # there is no guarantor
    duty.refresh_from_db()
    assert duty.state == "open"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visited_on": TODAY + dt.timedelta(days=1)}, "visited_on"),
        ({"visited_on": day("2025-12-31")}, "visited_on"),
        ({"second_inspector": ""}, "second_inspector"),
        ({"second_inspector": "Person E001"}, "second_inspector"),
        ({"place": ""}, "place"),
        ({"statements_on": None}, "statements_on"),
        ({"conclusion": "watch"}, "measures"),
        ({"measures": [{"what": "Ask for the order book", "owner": "", "due_on": "2026-05-01"}]}, "measures"),
    ],
)
def test_gap_is_named_beside_its_field(cast, duty, changes, field):
    assert list(gaps_of(cast, written(cast, duty), **changes)) == [field]


def test_bare_adjective_is_refused(cast, duty):
    report = written(cast, duty)
    found = gaps_of(cast, report, findings=findings(report, B1="经营正常"))
    assert list(found) == ["item:B1"]


def test_newest_statements_on_file_must_be_used(cast, duty):
    report = written(cast, duty)
    FinancialItem.objects.create(
        borrower=report.borrower, period_end=day("2026-03-31"), statement="income", item="revenue", value=1
    )
    assert list(gaps_of(cast, report)) == ["statements_on"]


def test_off_site_needs_no_second_person(cast, duty):
    report = handed_in(cast, duty, method="off_site", second_inspector="", place="")
    assert report.state == "submitted"


# --- signatures, return, withdrawal ----------------------------------------------------------------------
def test_two_signatures_approve(cast, duty):
    handed_in(cast, duty)
    sign(cast, "supervisor_a")
    sign(cast, "head_b1", on=TODAY + dt.timedelta(days=3))
    report = InspectionReport.objects.get()
    assert (report.state, report.approved_on) == ("approved", TODAY + dt.timedelta(days=3))
    duty.refresh_from_db()
    assert duty.done_on == TODAY


def test_nobody_signs_own_work(cast, duty):
    handed_in(cast, duty)
    with pytest.raises(PermissionRefused):
        sign(cast, "rm_a")


def test_returned_report_stays_on_time_and_comes_again_within_two_working_days(cast, duty):
    """CAL-9: handed in on time on the 21st, returned on the 23rd after the deadline, again on the 27th."""
    handed_in(cast, duty, on=day("2026-04-21"))
    sign(cast, "supervisor_a", "return", on=day("2026-04-23"))
    report = InspectionReport.objects.get()
    again = Duty.objects.get(code="RESUBMIT")
    assert report.state == "returned"
    assert (again.subject_type, again.subject_no, again.period_key) == (
        "inspection_report",
        report.report_no,
        "1",
    )
    assert (again.anchor_on, again.due_on, again.owner) == (day("2026-04-23"), day("2026-04-27"), cast.rm_a)
    assert act_of(again).url.endswith(f"{report.report_no}/write/")
    submit_report(report, actor=cast.rm_a, business_date=day("2026-04-27"))
    duty.refresh_from_db()
    again.refresh_from_db()
    assert (duty.done_on, duty.due_on) == (day("2026-04-21"), DUE)
    assert (again.state, again.done_on) == ("done", day("2026-04-27"))
    assert (report.submission, report.first_submitted_on) == (2, day("2026-04-21"))
    assert Request.objects.count() == 2


def test_withdrawn_report_is_a_draft_again_and_owed_again(cast, duty):
    report = handed_in(cast, duty)
    withdraw_report(report, actor=cast.rm_a, business_date=TODAY)
    assert report.state == "draft"
    assert Duty.objects.get(code="RESUBMIT").state == "open"
    assert Duty.objects.get(code="SIGN_INSPECTION_REPORT_1").state == "lapsed"


def test_withdrawal_in_the_approval_queue_is_the_same(cast, duty):
    handed_in(cast, duty)
    withdraw(Request.objects.get(), actor=cast.rm_a, business_date=TODAY)
    assert InspectionReport.objects.get().state == "draft"


def test_signed_report_is_not_withdrawn(cast, duty):
    report = handed_in(cast, duty)
    sign(cast, "supervisor_a")
    with pytest.raises(Conflict):
        withdraw_report(report, actor=cast.rm_a, business_date=TODAY)
    assert Request.objects.get().state == "open"


def test_others_do_not_withdraw(cast, duty):
    report = handed_in(cast, duty)
    with pytest.raises(PermissionRefused):
        withdraw_report(report, actor=cast.supervisor_a, business_date=TODAY)


def test_changed_content_is_noticed_at_the_signature(cast, duty):
    handed_in(cast, duty)
    InspectionReport.objects.update(summary="something else")
    with pytest.raises(Conflict):
        sign(cast, "supervisor_a")


# --- evidence, comparison, catalogue ----------------------------------------------------------------------
def photo(name="gate.jpg"):
    return SimpleUploadedFile(name, JPEG)


def test_photo_of_another_report_is_flagged(cast, duty):
    one = written(cast, duty)
    customer(cast, "C-B")
    two = written(cast, quarter_duty(cast, "C-B"))
    for report in (one, two):
        add_evidence(report, photo(), actor=cast.rm_a, business_date=TODAY)
    assert [evidence.also_in for evidence in evidence_of(two)] == [one.report_no]
    assert [evidence.also_in for evidence in evidence_of(one)] == [two.report_no]


def test_files_are_pinned_with_the_text(cast, duty):
    report = written(cast, duty)
    add_evidence(report, photo(), actor=cast.rm_a, business_date=TODAY)
    submit_report(report, actor=cast.rm_a, business_date=TODAY)
    with pytest.raises(Conflict):
        add_evidence(report, photo("late.jpg"), actor=cast.rm_a, business_date=TODAY)
    sign(cast, "supervisor_a")


def test_only_the_author_adds_files(cast, duty):
    report = written(cast, duty)
    with pytest.raises(PermissionRefused):
        add_evidence(report, photo(), actor=cast.supervisor_a, business_date=TODAY)


def test_last_report_stands_beside(cast, duty):
    before = handed_in(cast, duty)
    later = quarter_duty(cast, period_key="2026Q2")
    report = draft_report(later, actor=cast.rm_a, business_date=TODAY)
    assert last_report(report) == before
    lines = {line.item.code: line for section in sections_of(report, to_write=True) for line in section.lines}
    assert lines["B2"].last == "75.5 %"
    assert lines["B1"].owed
    assert last_report(before) is None


SEED = Path(__file__).resolve().parents[2] / "inspections" / "data" / "checklist_1.json"


@pytest.mark.parametrize("audience", ["corporate", "personal"])
def test_catalogue_is_the_seed_and_makes_sense(audience):
    seed = [
        item
        for section in json.loads(SEED.read_text(encoding="utf-8"))[audience]
        for item in section["items"]
    ]
    items = list(ChecklistItem.objects.filter(checklist=Checklist.objects.get(audience=audience)))
    assert [item.code for item in items] == [one["code"] for one in seed]
    for item in items:
        assert all((item.question_zh, item.question_en, item.section_zh, item.section_en)), item.code
        assert item.answer in {"text", "figure", "choice", "yes_no"}, item.code
        assert set(item.mandatory) <= {"first", "routine", "annual"}, item.code
        assert item.needs in {"", "guarantee", "collateral"}, item.code
        codes = {code for code, _words in item.options}
        assert set(item.adverse) <= codes, item.code
        assert (item.answer == "choice") == bool(item.choices), item.code


def test_personal_borrowers_have_questions_of_their_own(cast):
    borrower = build_borrower("C-P", cast.branches["S01"], cast.rm_a, borrower_type="personal")
    build_loan("L-C-P", borrower, disbursed="2025-06-05", matures="2027-06-05")
    report = handed_in(cast, quarter_duty(cast, "C-P"), statements_on=None)
    assert report.checklist.audience == "personal"
    assert Loan.objects.get().loan_no in report.loans
