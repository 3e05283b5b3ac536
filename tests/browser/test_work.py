"""People at work: log in, look, close, ask, sign, with the mouse and with the keyboard."""

import re

import pytest

from approvals.models import Request
from duties.enums import DutyState
from duties.services import complete
from tests.browser.bank import TODAY
from tests.browser.conftest import PHONE

KEPT = "Object.keys(sessionStorage).filter((key) => key.startsWith('kept '))"
NOTE = "Reported to the head of the department by telephone"


@pytest.fixture
def rm(bank, desks):
    return desks(bank.cast.rm_a, "en")


def counter(page, label):
    return int(page.locator(".counter", has_text=label).locator(".counter-value").inner_text())


def test_officer_logs_in_and_marks_a_duty_done(bank, desks):
    desk = desks(language="en")
    page = desk.page
    desk.open("/")
    desk.log_in(bank.cast.rm_a)
    assert page.get_by_role("heading", level=1).inner_text() == "Workbench"
    before = counter(page, "Overdue")
    row = page.locator(f"#duty-{bank.late.pk}")
    row.get_by_role("link", name="Done", exact=True).click()
    dialog = page.get_by_role("dialog", name="Mark as done")
    dialog.get_by_label("What was done").fill(NOTE)
    desk.picture("dialog-en-1440")
    assert desk.violations() == []
    dialog.get_by_role("button", name="Mark as done").click()
    page.get_by_text("Marked as done.").wait_for()
    row.wait_for(state="detached")
    assert counter(page, "Overdue") == before - 1
    bank.late.refresh_from_db()
    assert (bank.late.state, bank.late.closing_note) == (DutyState.DONE, NOTE)


def test_wrong_password_is_told_at_the_form(bank, desks):
    desk = desks(language="en")
    desk.open("/login/")
    desk.page.get_by_label("Employee no.").fill("E001")
    desk.page.get_by_label("Password").fill("wrong")
    desk.page.get_by_role("button", name="Log in").click()
    desk.page.get_by_role("alert").wait_for()
    assert desk.page.get_by_label("Employee no.").input_value() == "E001"
    assert desk.violations() == []


def test_waiver_takes_two_persons(bank, desks, rm):
    page = rm.page
    rm.open("/")
    row = page.locator(f"#duty-{bank.late.pk}")
    row.get_by_role("button", name="More actions").click()
    row.get_by_role("link", name="Request a waiver").click()
    page.get_by_label("Why the duty should be waived").fill("The core system booked the payment late")
    page.get_by_role("button", name="Request the waiver").click()
    page.locator(".toast-line", has_text="another person decides").wait_for()
    request = Request.objects.get(subject_no=str(bank.late.pk))

    head = desks(bank.cast.head_b1, "en")
    head.open(f"/approvals/?item=request:{request.number}")
    head.page.get_by_label("Opinion").fill("Checked against the booking of the day")
    head.page.get_by_role("button", name="Approve").click()
    head.page.get_by_text("Signed:").wait_for()
    bank.late.refresh_from_db()
    assert bank.late.state == DutyState.WAIVED


def test_error_keeps_the_dialog_and_what_was_typed(bank, rm):
    rm.open("/")
    rm.page.locator(f"#duty-{bank.late.pk}").get_by_role("link", name="Done", exact=True).click()
    dialog = rm.page.get_by_role("dialog")
    dialog.get_by_label("What was done").fill("  ok  ")
    rm.page.evaluate("document.querySelector('dialog form').noValidate = true")
    dialog.get_by_role("button", name="Mark as done").click()
    dialog.get_by_text("what you typed is still here").wait_for()
    note = dialog.get_by_label("What was done")
    assert note.input_value().strip() == "ok"
    assert note.evaluate("element => element === document.activeElement")
    assert rm.violations() == []


def test_second_tab_shows_what_happened_beside_what_was_typed(bank, rm):
    rm.open("/")
    rm.page.locator(f"#duty-{bank.late.pk}").get_by_role("link", name="Done", exact=True).click()
    rm.page.get_by_label("What was done").fill(NOTE)
    complete(bank.late, actor=bank.cast.supervisor_a, business_date=TODAY, note="Done by the supervisor")
    dialog = rm.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Mark as done").click()
    dialog.get_by_text("Done by the supervisor").wait_for()
    assert NOTE in dialog.inner_text()
    rm.picture("stale-en-1440")


def test_filters_go_into_the_address_and_back(bank, rm):
    rm.open("/")
    rm.page.get_by_label("Kind of duty").select_option("dunning")
    rm.page.wait_for_url(re.compile("group=dunning"))
    rm.settle()
    assert rm.page.locator(".duty").count() == 1
    assert rm.page.get_by_label("Kind of duty").input_value() == "dunning"
    rm.page.reload()
    assert rm.page.locator(".duty").count() == 1
    rm.page.get_by_role("link", name="Clear").click()
    rm.settle()
    assert rm.page.locator(".duty").count() > 1


def test_why_opens_with_the_keyboard_and_escape_closes_it(bank, rm):
    rm.open("/")
    why = rm.page.locator(f"#duty-{bank.late.pk} .why > summary")
    why.focus()
    rm.page.keyboard.press("Enter")
    assert rm.page.get_by_text("1 working day after the first unpaid due date").is_visible()
    rm.picture("why-en-1440")
    assert rm.violations() == []
    rm.page.keyboard.press("Escape")
    assert not rm.page.get_by_text("1 working day after the first unpaid due date").is_visible()
    assert why.evaluate("element => element === document.activeElement")


def test_keyboard_reaches_content_and_search_first(bank, rm):
    rm.open("/")
    rm.page.keyboard.press("Tab")
    focused = rm.page.evaluate("document.activeElement.textContent")
    assert focused == "Skip to content"
    rm.page.keyboard.press("Enter")
    assert rm.page.evaluate("document.activeElement.id") == "main"
    rm.page.keyboard.press("/")
    assert rm.page.evaluate("document.activeElement.id") == "search-box"
    rm.page.keyboard.type("L-A")
    rm.page.keyboard.press("Enter")
    rm.page.wait_for_url(re.compile("/loans/L-A/"))


def test_dialog_gives_the_focus_back(bank, rm):
    rm.open("/")
    done = rm.page.locator(f"#duty-{bank.late.pk}").get_by_role("link", name="Done", exact=True)
    done.focus()
    rm.page.keyboard.press("Enter")
    dialog = rm.page.get_by_role("dialog")
    dialog.wait_for()
    rm.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert done.evaluate("element => element === document.activeElement")


def test_who_is_behind_loads_on_demand(bank, desks):
    head = desks(bank.cast.head_b1, "en")
    head.open("/")
    head.page.get_by_text("Who is behind").click()
    head.page.get_by_role("rowheader", name="Person E001").wait_for()
    assert head.violations() == []


def test_masked_number_is_shown_for_a_reason(bank, rm):
    rm.open("/borrowers/C-A/")
    assert "911200001234567890" not in rm.page.content()
    rm.page.get_by_role("link", name="Show the number").click()
    rm.page.get_by_label("Why you need to see it").fill("Comparing with the contract")
    rm.page.get_by_role("button", name="Show the number").click()
    rm.page.get_by_text("911200001234567890").wait_for()
    assert rm.violations() == []


def test_phone_menu_opens_and_closes(bank, desks):
    desk = desks(bank.cast.rm_a, "en", PHONE)
    desk.open("/")
    toggle = desk.page.get_by_role("button", name="Open the menu")
    navigation = desk.page.get_by_role("navigation", name="Main navigation")
    assert not navigation.is_visible()
    toggle.click()
    navigation.wait_for()
    assert toggle.get_attribute("aria-expanded") == "true"
    desk.page.wait_for_timeout(300)
    desk.picture("menu-en-390")
    assert desk.violations() == []
    desk.page.keyboard.press("Escape")
    navigation.wait_for(state="hidden")
    assert toggle.evaluate("element => element === document.activeElement")


def test_language_and_unit_are_chosen_on_the_page(bank, rm):
    rm.open("/loans/")
    rm.page.get_by_role("button", name="10k").click()
    rm.settle()
    assert rm.page.get_by_text("10.00", exact=True).first.is_visible()
    rm.page.locator(".user-chip").click()
    rm.page.get_by_role("button", name="简体中文").click()
    rm.settle()
    assert rm.page.get_by_role("heading", level=1).inner_text() == "贷款"


def test_session_that_ended_leads_to_the_login_and_not_into_a_list(bank, rm):
    rm.open("/")
    rm.page.context.clear_cookies()
    rm.page.get_by_label("Kind of duty").select_option("dunning")
    rm.page.wait_for_url(re.compile("/login/"))


def test_what_was_typed_outlives_the_session(bank, rm):
    """The session ends while somebody types: after the login it stands in the form again, once."""
    page = rm.page

    def open_form():
        page.locator(f"#duty-{bank.late.pk}").get_by_role("link", name="Done", exact=True).click()
        return page.get_by_role("dialog")

    rm.open("/")
    open_form().get_by_label("What was done").fill(NOTE)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("dialog").get_by_role("button", name="Mark as done").click()
    page.wait_for_url(re.compile("/login/"))
    rm.log_in(bank.cast.rm_a)
    dialog = open_form()
    dialog.get_by_text("What you had typed before is back").wait_for()
    assert dialog.get_by_label("What was done").input_value() == NOTE
    rm.picture("kept-en-1440")
    assert rm.violations() == []
    dialog.get_by_role("button", name="Mark as done").click()
    page.locator(".toast-line", has_text="Marked as done").wait_for()
    assert page.evaluate(KEPT) == []


def test_cancel_forgets_what_was_typed(bank, rm):
    rm.open("/")
    rm.page.locator(f"#duty-{bank.late.pk}").get_by_role("link", name="Done", exact=True).click()
    dialog = rm.page.get_by_role("dialog")
    dialog.get_by_label("What was done").fill(NOTE)
    dialog.get_by_role("button", name="Cancel").click()
    assert rm.page.evaluate(KEPT) == []


def test_form_of_a_page_is_kept_too(bank, rm):
    """Without a dialog: the answer is a redirect to the login, and the form comes back with its words."""
    rm.open(f"/duties/{bank.late.pk}/waive/")
    reason = "The core system booked the payment late"
    rm.page.get_by_label("Why the duty should be waived").fill(reason)
    rm.page.context.clear_cookies(name="sessionid")
    rm.page.get_by_role("button", name="Request the waiver").click()
    rm.page.wait_for_url(re.compile("/login/"))
    rm.log_in(bank.cast.rm_a)
    assert rm.page.get_by_label("Why the duty should be waived").input_value() == reason
