"""Letters in a real browser: chosen, issued in the background, printed, sent."""

import re

import pytest

from collections_app.models import Notice, NoticeBatch
from core import jobs
from core.models import Job
from duties.models import Duty
from tests.browser.conftest import PHONE, WIDE


@pytest.fixture
def rm(bank, desks):
    return desks(bank.cast.rm_a, "en", WIDE)


def test_chosen_letter_is_issued_printed_and_sent(bank, rm):
    rm.open("/notices/due/")
    rm.page.get_by_label("Choose all on this page").check()
    assert rm.page.locator("[data-letters-count]").inner_text() == "1"
    rm.page.get_by_role("button", name="Issue the chosen ones").click()
    rm.page.wait_for_url(re.compile("/notices/batches/"))
    assert rm.page.get_by_text("Waiting for a worker.").is_visible()
    assert jobs.run(Job.objects.get().pk)
    with rm.page.expect_download() as download:  # the page has found out by itself that the work is done
        rm.page.get_by_role("link", name="All letters as one PDF").click()
    assert download.value.suggested_filename == f"notices-2026-06-03-{NoticeBatch.objects.get().pk}.pdf"
    rm.page.get_by_role("link", name="Maturity notice").click()
    rm.page.get_by_label("Tracking no.").fill("EX123456789CN")
    rm.page.get_by_role("button", name="Record it").click()
    rm.page.get_by_text("The sending was recorded.").wait_for()
    assert Notice.objects.get().state == "sent"
    assert Duty.objects.get(code="MATURITY_NOTICE").state == "done"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_page_of_a_letter_is_accessible_and_fits(bank, desks, size):
    duty = Duty.objects.get(code="MATURITY_NOTICE")
    desk = desks(bank.cast.rm_a, "zh-hans", size)
    desk.open(f"/notices/duty/{duty.pk}/")
    desk.page.locator(f'form[action="/notices/duty/{duty.pk}/issue/"] button').click()
    desk.page.wait_for_url(re.compile(r"/notices/\d+/$"))
    desk.settle()
    desk.picture(f"notice-{size[0]}")
    assert (desk.violations(), desk.overflow() <= 0) == ([], True)
