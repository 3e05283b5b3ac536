"""Every page: nothing for axe to find, nothing wider than a phone, no complaint in the console.

The pictures land in ``var/screens``; look at them after a change of the design.
"""

import pytest

from duties.models import Duty
from tests.browser.conftest import PHONE, WIDE

PAGES = {
    "login": (None, "/login/"),
    "workbench": ("rm_a", "/"),
    "workbench-team": ("head_b1", "/"),
    "workbench-closed": ("head_b1", "/?state=done"),
    "workbench-empty": ("rm_b", "/"),
    "operation": ("admin", "/"),
    "no-role": ("outsider", "/"),
    "duty": ("rm_a", "/duties/{duty}/"),
    "duty-auditor": ("auditor", "/duties/{duty}/"),
    "complete": ("rm_a", "/duties/{duty}/complete/"),
    "borrowers": ("head_b1", "/borrowers/"),
    "borrower": ("rm_a", "/borrowers/C-A/"),
    "borrower-duties": ("rm_a", "/borrowers/C-A/?tab=duties"),
    "borrower-ratings": ("rm_a", "/borrowers/C-A/?tab=ratings"),
    "reveal": ("rm_a", "/borrowers/C-A/reveal/id_no/"),
    "loans": ("head_b1", "/loans/"),
    "loan": ("rm_a", "/loans/L-A/"),
    "loan-duties": ("rm_a", "/loans/L-A/?tab=duties"),
    "loan-security": ("rm_a", "/loans/L-A/?tab=security"),
    "loan-history": ("rm_a", "/loans/L-A/?tab=history"),
    "portfolio": ("head_b1", "/portfolio/"),
    "portfolio-quality": ("head_b1", "/portfolio/?tab=quality"),
    "portfolio-breakdown": ("risk", "/portfolio/?tab=breakdown"),
    "portfolio-borrowers": ("head_b1", "/portfolio/?tab=borrowers"),
    "portfolio-duties": ("head_b1", "/portfolio/?tab=duties"),
    "approvals": ("head_b1", "/approvals/"),
    "approvals-own": ("rm_a", "/approvals/"),
    "reports": ("supervisor_a", "/inspections/"),
    "reports-to-write": ("rm_a", "/inspections/to-write/"),
    "report": ("supervisor_a", "/inspections/{report}/"),
    "report-form": ("rm_a", "/inspections/{report}/write/"),
    "report-print": ("rm_a", "/inspections/{report}/print/"),
    "logs": ("supervisor_a", "/work-logs/"),
    "log-review": ("supervisor_a", "/work-logs/{log}/"),
    "log-form": ("rm_a", "/work-logs/new/?borrower=C-A"),
    "activity-form": ("rm_a", "/work-logs/activity/"),
    "reminders": ("supervisor_a", "/reminders/"),
    "letters-due": ("rm_a", "/notices/due/"),
    "letters-issued": ("head_b1", "/notices/issued/"),
    "letters-receipts": ("head_b1", "/notices/receipts/"),
    "letter": ("rm_a", "/notices/duty/{letter}/"),
    "calendar": ("admin", "/calendar/"),
    "calendar-provisional": ("rm_a", "/calendar/?year=2031"),
    "imports": ("admin", "/imports/"),
    "runs": ("admin", "/runs/"),
    "audit": ("auditor", "/audit/"),
    "password": ("rm_a", "/password/"),
    "not-found": ("rm_a", "/no/such/page/"),
    "refused": ("admin", "/loans/"),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(bank, desks, name):
    person, path = PAGES[name]
    letter = Duty.objects.get(code="MATURITY_NOTICE").pk
    found = {}
    for language in ("zh-hans", "en"):
        for size in (WIDE, PHONE):
            desk = desks(getattr(bank.cast, person) if person else None, language, size)
            address = path.format(
                duty=bank.late.pk, report=bank.report.report_no, log=bank.log.log_no, letter=letter
            )
            response = desk.open(address)
            desk.picture(f"{name}-{language}-{size[0]}")
            found[language, size] = (response.status < 500, desk.violations(), desk.overflow() <= 0)
            desk.page.context.close()
    assert found == dict.fromkeys(found, (True, [], True))
