"""Oddities that break no row but that somebody should look at (contracts, Rejects)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.staging import Staging
from loans.importers.contract import BORROWERS, FLOWS, LOANS, REPAYMENTS
from loans.importers.loading import Staged
from loans.importers.merging import Moment
from loans.services.allocation import TOUCHED

EXAMPLES = 5
ODD = "odd_rows"


@dataclass(frozen=True)
class Remark:
    """Something odd about some rows of a file."""

    code: str
    count: int = 1
    examples: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return str(TEXTS[self.code])

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "count": self.count, "examples": list(self.examples)}


TEXTS = {
    "unknown_columns": _("Unknown columns were ignored."),
    "unknown_files": _("Unknown files were ignored."),
    "not_in_manifest": _("Not listed in the manifest."),
    "removed_instalments": _("Instalments that are no longer in the delivered schedules were removed."),
    "zero_without_settlement": _("Balance 0 without settlement or write-off."),
    "settled_with_balance": _("Settled, but with a balance."),
    "balance_above_principal": _("The balance is higher than the principal."),
    "balance_differs": _("The balance does not follow from the schedule and the repayments."),
    "no_schedule": _("New loans without a schedule."),
    "schedule_differs": _("The schedule's principal no longer adds up to the loan's principal."),
    "schedule_ends_elsewhere": _("The last instalment is not due on the maturity date."),
    "disbursed_later": _("Disbursed after the delivery's date."),
    "ended_later": _("Settled or written off after the delivery's date."),
    "other_branch": _("The loan's branch is not its borrower's branch."),
    "officer_elsewhere": _("The officer works in another branch."),
    "renewed_unknown": _("The loan that was renewed is not in the book."),
    "paid_later": _("Paid after the delivery's date."),
    "paid_before_disbursement": _("Paid before the loan was disbursed."),
    "parts_differ": _("Principal, interest and penalty exceed the amount."),
    "flow_of_other_borrower": _("The flow names a loan of another borrower."),
    "control_total_unknown": _("Control totals of the manifest that are not known here were not checked."),
}


class Observer:
    """Looks for oddities in the good staged rows; call it when the delivery has been applied."""

    def __init__(self, area: Staging, files: Mapping[str, Staged], moment: Moment) -> None:
        self.area = area
        self.files = files
        self.day = area.date(moment.day)
        area.prepare(TOUCHED)
        area.create_as(SUMS, _SUMS, index="loan_id")

    def remarks(self, name: str) -> Iterator[Remark]:
        """The remarks on one file."""
        staged = self.files[name]
        if staged.unknown:
            shown = tuple(column or "?" for column in staged.unknown)
            yield Remark("unknown_columns", len(shown), shown[:EXAMPLES])
        for code, (columns, select) in QUERIES.get(name, {}).items():
            if staged.has(*columns):
                yield from self._look(code, select.format(day=self.day, stage=staged.spec.stage))

    def _look(self, code: str, select: str) -> Iterator[Remark]:
        # Stored first: with a LIMIT over it, PostgreSQL would plan for the first rows, not for all.
        if count := self.area.create_as(ODD, select):
            rows = self.area.rows(f"SELECT no FROM {ODD} ORDER BY no LIMIT {EXAMPLES}")
            yield Remark(code, count, tuple(str(no) for (no,) in rows))


# Sums over the schedules of the loans that the delivery touched, as the book has them after it.
SUMS = "schedule_sums"
_SUMS = (
    "SELECT i.loan_id, SUM(i.principal_due) AS due, SUM(i.principal_due - i.principal_paid) AS open, "
    f"MAX(i.due_on) AS last_due_on FROM {TOUCHED} x JOIN loans_instalment i ON i.loan_id = x.loan_id "
    "GROUP BY i.loan_id"
)
_LOANS = f"SELECT l.loan_no AS no FROM loans_loan l JOIN {TOUCHED} x ON x.loan_id = l.id"
_STAGED = "SELECT s.{key} AS no FROM {{stage}} s WHERE NOT s.bad AND "

# File -> code -> (columns that the file must have, rows of ``no``).
QUERIES: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    LOANS.name: {
        "zero_without_settlement": (
            ("balance",),
            f"{_LOANS} WHERE l.balance = 0 AND l.settled_on IS NULL AND l.written_off_on IS NULL",
        ),
        "settled_with_balance": (("balance",), f"{_LOANS} WHERE l.balance > 0 AND l.settled_on IS NOT NULL"),
        "balance_above_principal": (("balance",), f"{_LOANS} WHERE l.balance > l.principal"),
        "no_schedule": (
            (),
            (
                f"{_LOANS} WHERE x.is_new "
                "AND NOT EXISTS (SELECT 1 FROM loans_instalment i WHERE i.loan_id = l.id)"
            ),
        ),
        "disbursed_later": (("disbursed_on",), f"{_LOANS} WHERE l.disbursed_on > {{day}}"),
        "ended_later": (("settled_on",), f"{_LOANS} WHERE l.ended_on > {{day}}"),
        "other_branch": (
            ("branch_no",),
            f"{_LOANS} JOIN loans_borrower b ON b.id = l.borrower_id WHERE b.branch_id <> l.branch_id",
        ),
        "officer_elsewhere": (
            ("officer_no",),
            f"{_LOANS} JOIN org_user u ON u.id = l.officer_id WHERE u.branch_id <> l.branch_id",
        ),
        "renewed_unknown": (
            ("renewed_from_loan_no",),
            (
                f"{_LOANS} WHERE l.renewed_from_loan_no <> '' "
                "AND NOT EXISTS (SELECT 1 FROM loans_loan o WHERE o.loan_no = l.renewed_from_loan_no)"
            ),
        ),
        "balance_differs": (
            ("balance",),
            (
                f"{_LOANS} JOIN {SUMS} g ON g.loan_id = l.id "
                "WHERE l.ended_on IS NULL AND ABS(g.open - l.balance) >= 0.005"
            ),
        ),
        "schedule_differs": (
            ("principal",),
            f"{_LOANS} JOIN {SUMS} g ON g.loan_id = l.id WHERE ABS(g.due - l.principal) >= 0.005",
        ),
        "schedule_ends_elsewhere": (
            ("matures_on",),
            f"{_LOANS} JOIN {SUMS} g ON g.loan_id = l.id WHERE g.last_due_on <> l.matures_on",
        ),
    },
    BORROWERS.name: {
        "officer_elsewhere": (
            ("officer_no", "branch_no"),
            (
                "SELECT s.borrower_no AS no FROM {stage} s JOIN org_user u ON u.employee_no = s.officer_no "
                "JOIN org_branch b ON b.id = u.branch_id WHERE NOT s.bad AND b.branch_no <> s.branch_no"
            ),
        ),
    },
    REPAYMENTS.name: {
        "paid_later": (("paid_on",), _STAGED.format(key="repayment_no") + "s.paid_on > {day}"),
        "paid_before_disbursement": (
            ("paid_on",),
            (
                "SELECT s.repayment_no AS no FROM {stage} s JOIN loans_loan l ON l.loan_no = s.loan_no "
                "WHERE NOT s.bad AND s.paid_on < l.disbursed_on"
            ),
        ),
        "parts_differ": (
            ("amount", "principal", "interest"),
            _STAGED.format(key="repayment_no")
            + "COALESCE(s.principal, 0) + COALESCE(s.interest, 0) - s.amount >= 0.005",
        ),
    },
    FLOWS.name: {
        "flow_of_other_borrower": (
            ("loan_no", "borrower_no"),
            (
                "SELECT s.flow_no AS no FROM {stage} s JOIN loans_loan l ON l.loan_no = s.loan_no "
                "JOIN loans_borrower b ON b.id = l.borrower_id "
                "WHERE NOT s.bad AND b.borrower_no <> s.borrower_no"
            ),
        ),
    },
}
