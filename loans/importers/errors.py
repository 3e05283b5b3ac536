"""Refusals of a whole delivery, and the reasons for which single rows are rejected."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import ApplicationError


class DeliveryRefused(ApplicationError):
    """Nothing of the delivery is applied; ``problems`` says everything that is wrong with it."""

    def __init__(self, code: str, *problems: Any) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(code, " ".join(self.problems), details={"": self.problems})


def refuse_all(code: str, problems: Iterable[Any]) -> None:
    """Refuse if there is any problem."""
    if listed := list(problems):
        raise DeliveryRefused(code, *listed)


# Why a row is rejected. ``%(detail)s`` is what the check adds: a length, a line, a code list.
REASONS = {
    "cell_count": _("The row has %(detail)s."),
    "missing_value": _("A mandatory value is missing."),
    "missing_column": _("A new row needs this column, which the file does not have."),
    "not_printable": _("Control characters are not allowed."),
    "bad_identifier": _("A number must not contain semicolons, control characters or spaces at its ends."),
    "too_long": _("Longer than %(detail)s characters."),
    "unknown_code": _("Unknown code; allowed: %(detail)s."),
    "bad_date": _("Not a date of the form YYYY-MM-DD."),
    "date_out_of_range": _("The date lies outside 1900-01-01 to 2199-12-31."),
    "bad_number": _("Not a number: digits and a decimal point only."),
    "negative": _("Must not be negative."),
    "too_many_decimals": _("More than %(detail)s decimals."),
    "number_too_large": _("More than %(detail)s digits before the decimal point."),
    "bad_integer": _("Not a whole number from 0 to 2147483647."),
    "bad_flag": _("0 or 1 expected."),
    "bad_id_no": _("The check digit is wrong."),
    "duplicate_key": _("The same key stands on line %(detail)s too."),
    "unknown_reference": _("No such row in %(detail)s, nor in the book."),
    "unknown_subject": _("Neither a borrower nor a guarantee (loan_no/guarantor_no)."),
    "matures_before_disbursement": _("Maturity lies before disbursement (%(detail)s)."),
    "principal_differs": _("The instalments' principal adds up to %(detail)s, not to the loan's principal."),
    "incomplete_schedule": _("Another row of this loan's schedule was rejected; a schedule comes whole."),
    "branch_circle": _("The branch is above itself."),
    "rows_differ": _("Rows of the same collateral differ (line %(detail)s)."),
}


def reason(code: str, detail: str = "") -> str:
    """The reason in words, in the current language."""
    return str(REASONS[code] % {"detail": detail})
