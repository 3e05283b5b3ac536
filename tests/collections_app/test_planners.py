"""What opens and closes around a contract date, day by day (contracts section 3)."""

import datetime as dt
from dataclasses import replace

import pytest

from collections_app.rules import NoticeReadings
from duties.models import Duty
from loans.models import Loan, LoanClassification, Repayment
from org.models import User
from tests.builders import build_borrower, build_context, build_instalment, build_loan, day, each_day
from tests.cast import Cast
from tests.collections_app.stories import close, duties, facts_changed, guarantee, run

pytestmark = pytest.mark.django_db


# --- reminders and checks


def test_a_reminder_opens_five_working_days_before_it_is_due(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20")
    run("2026-02-25", "2026-02-26")
    assert duties("INTEREST_REMINDER") == []
    run("2026-02-27", "2026-02-27", started="2026-02-25")
    assert duties("INTEREST_REMINDER") == [("L1", "2026-03-20", "2026-03-06", "open")]
    reminder = Duty.objects.get()
    assert (str(reminder.opens_on), str(reminder.anchor_on)) == ("2026-02-28", "2026-03-20")
    assert (reminder.loan_nos, reminder.borrower_no, reminder.clause) == (["L1"], "C1", "INT-1")
    assert reminder.owner == User.objects.get(employee_no="E001")
    assert reminder.explanation["offset"] == -10


def test_prepaid_interest_is_checked_but_not_reminded_of(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20", paid="2026-02-10")
    run("2026-02-26", "2026-02-28")
    run("2026-03-18", "2026-03-19", started="2026-02-26")
    assert duties() == [("INTEREST_CHECK", "L1", "2026-03-20", "2026-03-20", "open")]
    run("2026-03-20", "2026-03-20", started="2026-02-26")
    assert duties() == [("INTEREST_CHECK", "L1", "2026-03-20", "2026-03-20", "done paid_on_the_day")]
    assert str(Duty.objects.get().done_on) == "2026-03-20"


def test_part_payment_leaves_check_and_letter(loan: Loan) -> None:
    instalment = build_instalment(loan, "2026-03-20")
    instalment.interest_paid = 60
    instalment.save()
    run("2026-03-19", "2026-03-20")
    assert duties("INTEREST_CHECK") == [("L1", "2026-03-20", "2026-03-20", "open")]
    assert duties("DUN_INTEREST") == [("L1", "2026-03-20", "2026-03-27", "open")]


def test_maturity_notice_of_a_loan_under_a_month_is_due_at_disbursement(cast: Cast) -> None:
    run("2026-03-01", "2026-03-01")
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    short = build_loan("L1", borrower, disbursed="2026-03-02", matures="2026-03-20")
    build_instalment(short, "2026-03-20", principal="100000.00", interest="0.00")
    run("2026-03-02", "2026-03-02", started="2026-03-01")
    assert duties("MATURITY_NOTICE") == [("L1", "2026-03-20", "2026-03-02", "open")]
    assert str(Duty.objects.get().opens_on) == "2026-03-02"


# --- payments


@pytest.mark.parametrize(
    ("paid", "check", "letter", "breach"),
    [
        pytest.param(
            "2026-03-20", "done paid_on_the_day", "lapsed paid", "lapsed fact_corrected", id="on the day"
        ),
        pytest.param("2026-03-25", "lapsed paid missed", "lapsed paid", "open", id="before the deadline"),
        pytest.param("2026-03-27", "lapsed paid missed", "lapsed paid", "open", id="on the deadline"),
        pytest.param("2026-03-28", "lapsed paid missed", "lapsed paid missed", "open", id="after it"),
    ],
)
def test_a_back_dated_payment_is_judged_by_its_own_date(
    loan: Loan, paid: str, check: str, letter: str, breach: str
) -> None:
    instalment = build_instalment(loan, "2026-03-20")
    run("2026-03-19", "2026-03-20")
    assert [end for *_, end in duties()] == ["open", "open", "open"]
    instalment.paid_on = day(paid)
    instalment.save()
    facts_changed(loan)
    close(build_context("2026-03-30", previous="2026-03-29", started="2026-03-19"))
    assert {row[0]: row[-1] for row in duties()} == {
        "INTEREST_CHECK": check,
        "DUN_INTEREST": letter,
        "BREACH_REPORT": breach,
    }


def test_a_letter_may_stay_when_paid_before_its_deadline(loan: Loan) -> None:
    build_instalment(loan, "2026-03-20", paid="2026-03-24")
    stays = NoticeReadings(paid_before_dunning_deadline="stays")
    for context in each_day("2026-03-19", "2026-03-24"):
        close(replace(context, readings=lambda _: stays))
    assert duties("DUN_INTEREST") == [("L1", "2026-03-20", "2026-03-27", "open")]


def test_one_breach_report_per_spell_of_arrears(loan: Loan) -> None:
    """January paid late on the day before March is due: March begins a spell, February did not."""
    build_instalment(loan, "2026-01-20", paid="2026-03-19")
    build_instalment(loan, "2026-02-20", paid="2026-03-19")
    build_instalment(loan, "2026-03-20", paid=None)
    Loan.objects.update(oldest_unpaid_due_on=day("2026-01-20"))
    run("2026-01-19", "2026-01-20")
    for on in ("2026-02-20", "2026-03-19", "2026-03-20"):
        before = day(on) - dt.timedelta(days=1)
        close(build_context(on, previous=before.isoformat(), started="2026-01-19"))
    assert duties("BREACH_REPORT") == [
        ("L1", "2026-01-20", "2026-01-21", "open"),
        ("L1", "2026-03-20", "2026-03-23", "open"),
    ]


# --- corrected facts, ended loans


def test_a_corrected_schedule_moves_the_duties(loan: Loan) -> None:
    instalment = build_instalment(loan, "2026-03-20")
    run("2026-02-27", "2026-02-27")
    instalment.due_on = day("2026-03-10")
    instalment.save()
    facts_changed(loan)
    run("2026-02-28", "2026-02-28", started="2026-02-27")
    assert duties() == [
        ("INTEREST_REMINDER", "L1", "2026-03-20", "2026-03-06", "lapsed fact_corrected"),
    ]


def test_an_extended_maturity_ends_its_letters(cast: Cast) -> None:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan("L1", borrower, disbursed="2025-03-12", matures="2026-03-12")
    last = build_instalment(loan, "2026-03-12", principal="100000.00", interest="0.00")
    guarantee(loan, "G1", "2026-09-12")
    run("2026-03-01", "2026-03-01")
    run("2026-03-11", "2026-03-12", started="2026-03-01")
    assert {row[0] for row in duties(state="open")} == {
        *("MATURITY_CHECK", "DUN_PRINCIPAL", "GUARANTOR_NOTICE", "BREACH_REPORT"),
        *("GUARANTEE_EXPIRY", "LIMITATION_EXPIRY"),
    }
    Loan.objects.update(matures_on=day("2026-04-10"), original_matures_on=day("2026-03-12"))
    last.due_on = day("2026-04-10")
    last.save()
    facts_changed(loan)
    run("2026-03-13", "2026-03-13", started="2026-03-01")
    assert duties(state="open") == [("MATURITY_NOTICE", "L1", "2026-04-10", "2026-03-10", "open")]
    assert {row[-1] for row in duties(state="lapsed")} == {"lapsed fact_corrected"}


@pytest.mark.parametrize(
    ("ended", "check", "letter"),
    [
        pytest.param({"settled_on": "2026-03-20"}, "done paid_on_the_day", None, id="settled on the day"),
        pytest.param({"written_off_on": "2026-03-20"}, "lapsed ended", None, id="written off on the day"),
        pytest.param({"settled_on": "2026-03-24"}, "lapsed ended missed", "lapsed ended", id="settled later"),
    ],
)
def test_an_ended_loan_owes_nothing(
    loan: Loan, ended: dict[str, str], check: str, letter: str | None
) -> None:
    build_instalment(loan, "2026-03-20")
    ((field, on),) = ended.items()
    Loan.objects.update(**{field: day(on), "ended_on": day(on)})
    run("2026-03-19", "2026-03-24")
    assert [row[-1] for row in duties("INTEREST_CHECK")] == [check]
    assert [row[-1] for row in duties("DUN_INTEREST")] == ([letter] if letter else [])
    run("2026-04-01", "2026-04-01", started="2026-03-19")
    assert duties(state="open") == []


# --- guarantees and limitation


def test_each_guarantor_has_a_notice_and_an_expiry(cast: Cast) -> None:
    """Scenario 2: maturity 2026-03-20 unpaid, notices by 2026-04-03, the guarantee ends 2026-09-20."""
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan("L1", borrower, disbursed="2025-03-20", matures="2026-03-20")
    build_instalment(loan, "2026-03-20", principal="100000.00", interest="0.00")
    guarantee(loan, "G1", "2026-09-20")
    guarantee(loan, "G2", "2027-03-19")
    run("2026-03-19", "2026-03-20")
    assert duties("GUARANTOR_NOTICE") == [
        ("L1/G1", "2026-03-20", "2026-04-03", "open"),
        ("L1/G2", "2026-03-20", "2026-04-03", "open"),
    ]
    assert duties("GUARANTEE_EXPIRY") == [
        ("L1/G1", "2026-09-20", "2026-09-20", "open"),
        ("L1/G2", "2027-03-19", "2027-03-19", "open"),
    ]
    assert Duty.objects.filter(code="GUARANTEE_EXPIRY").values_list("provisional", flat=True)[1] is False


def test_a_part_payment_interrupts_limitation(cast: Cast) -> None:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan("L1", borrower, disbursed="2025-03-20", matures="2026-03-20")
    last = build_instalment(loan, "2026-03-20", principal="100000.00", interest="0.00")
    Repayment.objects.create(repayment_no="R1", loan=loan, paid_on=day("2026-03-23"), amount=10)
    run("2026-03-19", "2026-03-23")
    assert duties("LIMITATION_EXPIRY") == [
        ("L1", "2029-03-20", "2029-03-20", "lapsed replaced"),
        ("L1", "2029-03-23", "2029-03-23", "open"),
    ]
    last.paid_on = day("2026-03-24")
    last.save()
    run("2026-03-24", "2026-03-24", started="2026-03-19")
    assert [row[-1] for row in duties("LIMITATION_EXPIRY")] == ["lapsed replaced", "lapsed paid"]


# --- non-performing borrowers


def test_npl_dunning_opens_when_the_borrower_becomes_so_and_lapses_when_cured(loan: Loan) -> None:
    classes = (("2025-01-10", "normal"), ("2026-03-16", "substandard"), ("2026-04-29", "normal"))
    for on, value in classes:
        LoanClassification.objects.create(
            loan=loan, effective_on=day(on), classification=value, source="history_file"
        )
    run("2026-03-15", "2026-03-16")
    assert duties("NPL_DUN") == [("C1", "2026-03", "2026-03-31", "open")]
    assert str(Duty.objects.get(code="NPL_DUN").opens_on) == "2026-03-16"
    run("2026-03-31", "2026-03-31", started="2026-03-15")
    run("2026-04-29", "2026-04-30", started="2026-03-15")
    assert duties("NPL_DUN") == [
        ("C1", "2026-03", "2026-03-31", "open"),
        ("C1", "2026-04", "2026-04-30", "lapsed not_npl"),
    ]
    assert str(Duty.objects.get(period_key="2026-04").opens_on) == "2026-04-01"
    assert Duty.objects.get(period_key="2026-04").loan_nos == ["L1"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"transferred_on": "2026-03-18"}, "transferred", id="handed over"),
        pytest.param({"settled_on": "2026-03-18", "ended_on": "2026-03-18"}, "no_balance", id="settled"),
    ],
)
def test_npl_dunning_lapses_with_the_last_loan(cast: Cast, change: dict[str, str], reason: str) -> None:
    borrower = build_borrower("C1", cast.branches["S01"], cast.rm_a)
    loan = build_loan(
        *("L1", borrower), disbursed="2025-01-10", matures="2028-01-10", delivered_class="doubtful"
    )
    run("2026-03-17", "2026-03-17")
    Loan.objects.update(**{name: day(on) for name, on in change.items()})
    facts_changed(loan)
    run("2026-03-18", "2026-03-18", started="2026-03-17")
    assert duties("NPL_DUN") == [("C1", "2026-03", "2026-03-31", f"lapsed {reason}")]
