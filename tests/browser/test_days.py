"""The days of the people of a branch, played through: officer, supervisor, department head, manager."""

import pytest

from duties.enums import DutyState
from duties.models import Duty
from inspections.models import InspectionReport, WorkLog
from inspections.services import draft_work_log, submit_work_log, write_report
from loans.models import Borrower
from tests.browser.bank import TODAY
from tests.inspections.writing import findings, head

SUMMARY = "Repayment in June is covered by orders of 320 tons on hand"
BACK = "Add the counting of the stock of last week"
AGREED = "Figures agree with the statements and the flow of the account"


@pytest.fixture
def rm(bank, desks):
    return desks(bank.cast.rm_a, "en")


@pytest.fixture
def report(bank) -> InspectionReport:
    """Everything but the summary is written already."""
    content = {**head(summary=""), "findings": findings(bank.report)}
    return write_report(
        bank.report, actor=bank.cast.rm_a, business_date=TODAY, version=bank.report.version, **content
    )


def submit(desk, report, summary):
    desk.open(f"/inspections/{report.report_no}/write/")
    desk.page.get_by_label("Summary and recommendation").fill(summary)
    desk.page.get_by_role("button", name="Submit for approval").click()
    desk.page.wait_for_url(f"**/inspections/{report.report_no}/")


def decide(desk, report, opinion, button):
    desk.open("/approvals/?kind=request")
    desk.page.locator(".queue-item", has_text="江海百货商店").filter(has_text="Routine inspection").click()
    desk.page.locator(".queue-record", has_text=report.report_no).wait_for()
    desk.page.get_by_label("Opinion").fill(opinion)
    desk.page.get_by_role("button", name=button).click()
    desk.page.locator(".toast-line", has_text="Signed").wait_for()


def test_report_is_submitted_returned_corrected_and_signed(bank, desks, rm, report):
    submit(rm, report, SUMMARY)
    answered = Duty.objects.get(code="REPORT_QUARTER", subject_no="C-B")
    assert (answered.state, answered.done_on) == (DutyState.DONE, TODAY)

    supervisor = desks(bank.cast.supervisor_a, "en")
    decide(supervisor, report, BACK, "Return for correction")

    rm.open("/")
    rm.page.get_by_role("link", name="Correct", exact=True).click()
    rm.page.get_by_text(BACK).wait_for()
    submit(rm, report, f"{SUMMARY}; the stock was counted on 2 June")

    decide(supervisor, report, AGREED, "Approve")
    boss = desks(bank.cast.head_b1, "en")
    boss.open("/approvals/?kind=request")
    boss.picture("queue-report-en-1440")
    assert boss.violations() == []
    decide(boss, report, AGREED, "Approve")
    # The loan is special mention: the risk manager signs third (INS-9).
    decide(desks(bank.cast.risk, "en"), report, AGREED, "Approve")
    report.refresh_from_db()
    assert report.state == "approved"
    answered.refresh_from_db()
    assert answered.done_on == TODAY


def test_supervisor_reads_logs_by_keyboard_and_signs_them_together(bank, desks):
    who = {"actor": bank.cast.rm_a, "business_date": TODAY}
    fact = {"category": "finance", "fact": "Receivables of 3.2 million, 12 % fewer than in May"}
    borrower = Borrower.objects.get(borrower_no="C-B")
    log = draft_work_log(borrower=borrower, kind="data_analysis", activity_on=TODAY, facts=[fact], **who)
    submit_work_log(log, **who)
    desk = desks(bank.cast.supervisor_a, "en")
    page = desk.page
    desk.open("/approvals/?kind=work_log")
    page.locator("main h1").click()
    first = page.locator(".queue-item[aria-current]").inner_text()
    page.keyboard.press("j")
    page.wait_for_function(
        "first => document.querySelector('.queue-item[aria-current]').innerText !== first", arg=first
    )
    desk.settle()
    page.get_by_label("One opinion for all of them").fill(AGREED)
    desk.picture("queue-logs-en-1440")
    assert desk.violations() == []
    page.get_by_role("button", name="Sign the ticked ones").click()
    page.locator(".toast-line", has_text="2 records signed").wait_for()
    assert set(WorkLog.objects.values_list("state", flat=True)) == {"signed"}


def test_keyboard_asks_for_the_opinion_first(bank, desks):
    desk = desks(bank.cast.supervisor_a, "en")
    desk.open("/approvals/?kind=work_log")
    desk.page.locator("main h1").click()
    desk.page.keyboard.press("a")
    opinion = desk.page.get_by_label("Opinion", exact=False).first
    assert opinion.evaluate("element => element === document.activeElement")
    opinion.fill(AGREED)
    desk.page.locator("main h1").click()
    desk.page.keyboard.press("a")
    desk.page.locator(".toast-line", has_text="Signed").wait_for()
    assert WorkLog.objects.get().state == "signed"


def test_manager_downloads_the_monthly_summary(bank, desks, tmp_path):
    import openpyxl

    desk = desks(bank.cast.manager_b1, "en")
    desk.open("/portfolio/")
    with desk.page.expect_download() as download:
        desk.page.locator("a[href*='download/xlsx']").first.click()
    file = tmp_path / "summary.xlsx"
    download.value.save_as(file)
    book = openpyxl.load_workbook(file)
    formulas = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas
    assert any(sheet._charts for sheet in book)
