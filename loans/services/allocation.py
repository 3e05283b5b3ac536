"""Which instalments the repayments settle, for many loans at once (same answer as ``loans.rules.allocate``).

Oldest due first, interest before principal; parts that the core system names settle only their own kind. Both
come down to running sums: an instalment's part is settled on the first date on which as much has been paid
as was due up to and including it. Only loans that mix named and unnamed money need the sequential rule.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from core.staging import Staging, cents
from loans.rules import Instalment, Payment, allocate

TOUCHED = "touched_loans"  # loan_id, is_new
SETTLED = "settled_instalments"  # loan_id, seq, due_on, principal_paid, interest_paid, paid_on
BATCH = 500
CENT = Decimal("0.01")

BOOK_SCHEDULE = (
    f"SELECT i.loan_id, i.seq, i.due_on, {cents('i.principal_due')} AS principal, "
    f"{cents('i.interest_due')} AS interest "
    f"FROM loans_instalment i JOIN {TOUCHED} x ON x.loan_id = i.loan_id"
)


def settle(area: Staging, schedule: str = BOOK_SCHEDULE) -> None:
    """Fill ``SETTLED`` for the instalments of ``schedule``: rows of loan_id, seq, due_on, principal, interest
    (in cents) of loans in ``TOUCHED``. The repayments are those of the book."""
    area.create_as("payments", _payments())
    area.index("payments", "loan_id, paid_principal, paid_on")
    area.index("payments", "loan_id, paid_interest, paid_on")
    area.create_as("payers", PAYERS, index="loan_id")
    area.create_as(SETTLED, _settled(area, schedule), index="loan_id, seq")
    for columns in _settled_one_by_one(area, schedule):
        area.load(SETTLED, columns)
    area.drop("payments")
    area.drop("payers")


def _payments() -> str:
    """Money received in cents per repayment: its kinds, and the running sums that settle instalments.

    ``unnamed`` is money for which the core system names no purpose: in a loan that has only such money it
    counts for principal and interest alike. A loan that mixes both is ``is_mixed``; its sums mean nothing.
    """
    named = "COALESCE(r.principal, 0) + COALESCE(r.interest, 0)"
    unnamed = f"{cents(f'r.amount - ({named} + COALESCE(r.penalty, 0))')}"
    return (
        "SELECT q.*, most_unnamed > 0 AS is_unnamed, most_unnamed > 0 AND most_named > 0 AS is_mixed, "
        "CASE WHEN most_unnamed > 0 THEN all_unnamed ELSE all_principal END AS paid_principal, "
        "CASE WHEN most_unnamed > 0 THEN all_unnamed ELSE all_interest END AS paid_interest FROM ("
        "SELECT p.*, MAX(unnamed) OVER w AS most_unnamed, MAX(principal + interest) OVER w AS most_named, "
        "CAST(SUM(principal) OVER o AS bigint) AS all_principal, "
        "CAST(SUM(interest) OVER o AS bigint) AS all_interest, "
        "CAST(SUM(unnamed) OVER o AS bigint) AS all_unnamed FROM ("
        f"SELECT r.loan_id, r.paid_on, r.repayment_no, {cents('COALESCE(r.principal, 0)')} AS principal, "
        f"{cents('COALESCE(r.interest, 0)')} AS interest, "
        f"CASE WHEN {unnamed} > 0 THEN {unnamed} ELSE 0 END AS unnamed "
        f"FROM loans_repayment r JOIN {TOUCHED} x ON x.loan_id = r.loan_id) p "
        "WINDOW w AS (PARTITION BY loan_id), "
        "o AS (PARTITION BY loan_id ORDER BY paid_on, repayment_no ROWS UNBOUNDED PRECEDING)) q"
    )


# Per loan: how its money is named, and what has been paid altogether.
PAYERS = (
    "SELECT loan_id, is_unnamed, is_mixed, MAX(paid_principal) AS all_principal, "
    "MAX(paid_interest) AS all_interest FROM payments GROUP BY loan_id, is_unnamed, is_mixed"
)


def _settled(area: Staging, schedule: str) -> str:
    """Each instalment against the running sums.

    ``*_before`` is what has to be paid before the first cent goes to the part: all older parts of the kind,
    or of both kinds when the money is unnamed.
    """
    due = (
        "SELECT s.*, COALESCE(t.is_unnamed, FALSE) AS is_unnamed, "
        "COALESCE(t.all_principal, 0) AS all_principal, COALESCE(t.all_interest, 0) AS all_interest, "
        "CAST(SUM(principal) OVER w AS bigint) - principal AS older_principal, "
        "CAST(SUM(interest) OVER w AS bigint) - interest AS older_interest "
        f"FROM ({schedule}) s LEFT JOIN payers t ON t.loan_id = s.loan_id "
        "WHERE NOT COALESCE(t.is_mixed, FALSE) "
        "WINDOW w AS (PARTITION BY s.loan_id ORDER BY due_on, seq ROWS UNBOUNDED PRECEDING)"
    )
    before = (
        "SELECT d.*, CASE WHEN is_unnamed THEN older_principal + older_interest ELSE older_interest END "
        "AS interest_before, CASE WHEN is_unnamed THEN older_principal + older_interest + interest "
        f"ELSE older_principal END AS principal_before FROM ({due}) d"
    )
    paid = (
        f"SELECT b.*, {_paid(area, 'principal')} AS principal_paid, "
        f"{_paid(area, 'interest')} AS interest_paid FROM ({before}) b"
    )
    return (
        "SELECT loan_id, seq, due_on, principal_paid / 100.0 AS principal_paid, "
        "interest_paid / 100.0 AS interest_paid, "
        "CASE WHEN principal_paid < principal OR interest_paid < interest THEN NULL "
        "WHEN principal = 0 AND interest = 0 THEN due_on "
        f"WHEN principal = 0 THEN {_date('interest')} WHEN interest = 0 THEN {_date('principal')} "
        f"ELSE {area.greatest(_date('principal'), _date('interest'))} END AS paid_on FROM ({paid}) p"
    )


def _paid(area: Staging, kind: str) -> str:
    """What of the part is paid: what came in beyond the older parts, at most what is due."""
    return area.greatest("0", area.least(kind, f"all_{kind} - {kind}_before"))


def _date(kind: str) -> str:
    """The first date on which the running sum covers the part."""
    return (
        f"(SELECT y.paid_on FROM payments y WHERE y.loan_id = p.loan_id "
        f"AND y.paid_{kind} >= p.{kind}_before + p.{kind} ORDER BY y.paid_{kind}, y.paid_on LIMIT 1)"
    )


def _settled_one_by_one(area: Staging, schedule: str) -> Iterator[list[tuple[object, ...]]]:
    """Batches of settled rows, column by column, for the loans that mix named and unnamed money."""
    loans = [loan for (loan,) in area.rows("SELECT loan_id FROM payers WHERE is_mixed ORDER BY loan_id")]
    for start in range(0, len(loans), BATCH):
        rows = list(_allocated(area, schedule, loans[start : start + BATCH]))
        if rows:
            yield list(zip(*rows, strict=True))


def _allocated(area: Staging, schedule: str, loans: list[int]) -> Iterator[tuple[object, ...]]:
    listed = ", ".join(map(str, loans))
    payments = area.rows(
        "SELECT loan_id, paid_on, principal, interest, unnamed FROM payments "
        f"WHERE loan_id IN ({listed}) ORDER BY loan_id, paid_on, repayment_no"
    )
    by_loan = {
        loan: [_payment(*row[1:]) for row in rows] for loan, rows in groupby(payments, key=itemgetter(0))
    }
    schedules = area.rows(
        f"SELECT loan_id, seq, due_on, principal, interest FROM ({schedule}) s "
        f"WHERE loan_id IN ({listed}) ORDER BY loan_id, due_on, seq"
    )
    for loan, rows in groupby(schedules, key=itemgetter(0)):
        listed_rows = list(rows)
        due = [Instalment(due_on, p * CENT, i * CENT) for _loan, _seq, due_on, p, i in listed_rows]
        for row, settled in zip(listed_rows, allocate(due, by_loan[loan]), strict=True):
            yield loan, row[1], row[2], settled.principal.paid, settled.interest.paid, settled.paid_on


def _payment(paid_on: object, principal: int, interest: int, unnamed: int) -> Payment:
    amount = (principal + interest + unnamed) * CENT
    return Payment(paid_on, amount, principal * CENT, interest * CENT)  # type: ignore[arg-type]
