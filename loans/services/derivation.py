"""What follows from the facts of a loan: paid instalments, the day it ended, guarantee periods.

Everything works on the loans in the temporary table ``TOUCHED``, in a handful of statements.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from core.periods import add_months
from core.staging import Staging, staging
from loans.services.allocation import SETTLED, TOUCHED, settle

PERIODS = "guarantee_periods"  # base_on, ends_on
NEXT_DUES = "next_dues"  # loan_no, due_on: the first instalment of a delivered schedule after the delivery
NEVER = "'9999-12-31'"
GUARANTEE_MONTHS = 6  # Civil Code 692: nothing agreed, six months from the principal's due date


@transaction.atomic
def rederive(loan_ids: Iterable[int], *, cause: str = "corrected") -> int:
    """Derive anew what follows from these loans' facts, and put them in play for the next daily run.

    For back-dated repayments and corrected facts. What is kept *as of the business date* (oldest unpaid due
    date, classes) is advanced by the run. Returns how many instalments changed.
    """
    with staging() as area:
        create_touched(area)
        ids = sorted(set(loan_ids))
        area.load(TOUCHED, [ids, [False] * len(ids)])
        area.prepare(TOUCHED)
        settle(area)
        changed = refresh_instalments(area)
        end_loans(area)
        tighten_guarantees(area)
        put_in_play(area, cause)
    return changed


def create_touched(area: Staging) -> None:
    """An empty set of loans; ``is_new`` marks those that the book did not have before."""
    area.create(TOUCHED, {"loan_id": "bigint PRIMARY KEY", "is_new": "bool"})


def touch(area: Staging, select: str, *, is_new: str = "FALSE") -> None:
    """Add the loans of ``select`` (rows of loan_id) to the set."""
    area.execute(
        f"INSERT INTO {TOUCHED} SELECT DISTINCT loan_id, {is_new} FROM ({select}) q "
        "WHERE loan_id IS NOT NULL ON CONFLICT DO NOTHING"
    )


def refresh_instalments(area: Staging) -> int:
    """Write what ``settle`` found where the book says otherwise; returns how many instalments.

    Loans that are new to the book got it with their instalments.
    """
    columns = ("principal_paid", "interest_paid", "paid_on")
    differs = " OR ".join(area.differ(f"loans_instalment.{c}", f"x.{c}") for c in columns)
    return area.execute(
        f"UPDATE loans_instalment SET {', '.join(f'{c} = x.{c}' for c in columns)} FROM {SETTLED} x "
        f"JOIN {TOUCHED} t ON t.loan_id = x.loan_id AND NOT t.is_new "
        f"WHERE loans_instalment.loan_id = x.loan_id AND loans_instalment.seq = x.seq AND ({differs})"
    )


def ended_on(area: Staging, settled: str, written_off: str, zero_since: str) -> str:
    """The day from which nothing is owed: the earliest of three dates, null while there is none."""
    dates = (f"COALESCE({date}, {NEVER})" for date in (settled, written_off, zero_since))
    return f"NULLIF({area.least(*dates)}, {NEVER})"


def end_loans(area: Staging) -> int:
    """Bring ``ended_on`` in line with the dates it follows from."""
    end = ended_on(area, "settled_on", "written_off_on", "zero_balance_since")
    return area.execute(
        f"UPDATE loans_loan SET ended_on = {end} "
        f"WHERE id IN (SELECT loan_id FROM {TOUCHED}) AND {area.differ('ended_on', end)}"
    )


def advance_new_loans(area: Staging, day: dt.date) -> int:
    """The oldest unpaid due date of loans that the book did not have, where it is not the one expected; the
    daily run keeps it from then on."""
    unpaid = f"CASE WHEN x.paid_on IS NULL OR x.paid_on > {area.date(day)} THEN x.due_on END"
    return area.execute(
        "UPDATE loans_loan SET oldest_unpaid_due_on = h.due_on FROM ("
        f"SELECT x.loan_id, MIN({unpaid}) AS due_on FROM {SETTLED} x "
        f"JOIN {TOUCHED} t ON t.loan_id = x.loan_id AND t.is_new GROUP BY x.loan_id) h "
        f"WHERE loans_loan.id = h.loan_id AND {area.differ('loans_loan.oldest_unpaid_due_on', 'h.due_on')}"
    )


# --- guarantees -----------------------------------------------------------------------------------
# The period counts from the due date first agreed: a later extension does not move it (Civil Code 695).
BASE = "COALESCE({0}.original_matures_on, {0}.matures_on)"


def guarantee_periods(area: Staging, loans: str) -> None:
    """The table ``PERIODS`` for the maturities of ``loans`` (a SELECT of ids): six months after each."""
    bases = area.rows(f"SELECT DISTINCT {BASE.format('l')} FROM loans_loan l WHERE l.id IN ({loans})")
    dates = [base if isinstance(base, dt.date) else dt.date.fromisoformat(base) for (base,) in bases]
    area.create(PERIODS, {"base_on": "date", "ends_on": "date"})
    area.load(PERIODS, [dates, [add_months(date, GUARANTEE_MONTHS) for date in dates]])
    area.prepare(PERIODS, "base_on")


def tighten_guarantees(area: Staging) -> int:
    """Guarantees without an agreed end follow an earlier maturity of their loan, never a later one."""
    of_touched = f"SELECT loan_id FROM {TOUCHED} WHERE NOT is_new"
    guarantee_periods(area, of_touched)
    return area.execute(
        f"UPDATE loans_guarantee SET expires_on = p.ends_on FROM loans_loan l JOIN {PERIODS} p "
        f"ON p.base_on = {BASE.format('l')} WHERE l.id = loans_guarantee.loan_id "
        f"AND l.id IN ({of_touched}) AND loans_guarantee.period_ends_on IS NULL "
        "AND p.ends_on < loans_guarantee.expires_on"
    )


# --- the daily run --------------------------------------------------------------------------------
def put_in_play(area: Staging, cause: str) -> int:
    """The next run looks at these loans; one that is being run now is looked at again."""
    return area.execute(
        "INSERT INTO loans_loanchange (loan_id, cause, picked_on) "
        f"SELECT loan_id, %s, NULL FROM {TOUCHED} WHERE TRUE "
        "ON CONFLICT (loan_id) DO UPDATE SET cause = excluded.cause, picked_on = NULL",
        [cause],
    )
