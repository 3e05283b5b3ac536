"""A report is saved while it is typed; two tabs do not overwrite each other."""

import pytest

from inspections.models import InspectionReport

ORDERS = "在手订单 320 吨，较上季减少 12%（订单台账）"


@pytest.fixture
def rm(bank, desks):
    return desks(bank.cast.rm_a, "en")


def wait_for_version(desk, version):
    desk.page.locator(f'#id_version[value="{version}"]').wait_for(state="attached")


def stored(bank):
    return InspectionReport.objects.get(pk=bank.report.pk)


def test_what_is_typed_is_saved_by_itself(bank, rm):
    rm.open(f"/inspections/{bank.report.report_no}/write/")
    rm.page.locator("#answer-B3").fill(ORDERS)
    rm.page.get_by_text("Saved 2").wait_for()
    rm.page.locator("#id_place").fill("Works")
    wait_for_version(rm, 2)
    assert (stored(bank).findings["B3"]["answer"], stored(bank).place) == (ORDERS, "Works")


def test_rows_of_measures_come_and_go(bank, rm):
    rm.open(f"/inspections/{bank.report.report_no}/write/")
    add = rm.page.get_by_role("button", name="Add a measure")
    add.click()
    rm.page.locator(".measure-row").wait_for()
    rm.page.get_by_label("Responsible").fill("Person E001")
    wait_for_version(rm, 1)
    rm.page.get_by_role("button", name="Remove this row").click()
    wait_for_version(rm, 2)
    assert stored(bank).measures == []


def test_second_tab_shows_both_texts_and_the_first_can_be_kept(bank, desks, rm):
    path = f"/inspections/{bank.report.report_no}/write/"
    other = desks(bank.cast.rm_a, "en")
    rm.open(path)
    other.open(path)
    other.page.locator("#id_place").fill("Office")
    other.page.get_by_text("Saved 2").wait_for()
    rm.page.locator("#id_place").fill("Works")
    rm.page.get_by_text("What you typed is still here and is not saved.").wait_for()
    assert stored(bank).place == "Office"
    rm.page.get_by_role("button", name="Compare and keep mine").click()
    rm.page.get_by_text("takes the place of what is stored").wait_for()
    assert rm.page.locator("#id_place").input_value() == "Works"
    rm.page.get_by_role("button", name="Save the draft").click()
    rm.page.get_by_text("The draft is saved.").wait_for()
    assert stored(bank).place == "Works"
