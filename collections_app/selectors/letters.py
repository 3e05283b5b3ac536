"""What a letter says: the values that are frozen into the document, in Chinese like the letter itself.

Amounts come from the schedule as of the close of the day before, which is what the bank knows on the
business date. Penalty and compound interest are known to the core banking system alone, so no letter names a
figure for them.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings

from collections_app.enums import NoticeKind
from collections_app.rules import PAY_WITHIN_DAYS, Debt
from collections_app.selectors.cases import Case, LoanFacts
from core.capitals import in_capitals
from core.periods import period_containing
from loans.enums import Liability

FOLDER = "collections_app/letters"
# A template from which letters were issued is never edited: the next wording is a new file.
TEMPLATES: Mapping[str, str] = {
    NoticeKind.MATURITY_NOTICE: f"{FOLDER}/maturity.v1.html",
    NoticeKind.INTEREST_REMINDER: f"{FOLDER}/interest.v1.html",
    NoticeKind.DUN_PRINCIPAL: f"{FOLDER}/dunning.v1.html",
    NoticeKind.DUN_INTEREST: f"{FOLDER}/dunning.v1.html",
    NoticeKind.GUARANTOR_NOTICE: f"{FOLDER}/guarantor.v1.html",
    NoticeKind.NPL_DUN: f"{FOLDER}/npl.v1.html",
}
SERIES: Mapping[str, str] = {
    NoticeKind.MATURITY_NOTICE: "DQTZ",
    NoticeKind.INTEREST_REMINDER: "FXTZ",
    NoticeKind.DUN_PRINCIPAL: "YQCS",
    NoticeKind.DUN_INTEREST: "QXCS",
    NoticeKind.GUARANTOR_NOTICE: "DBTZ",
    NoticeKind.NPL_DUN: "BLCS",
}
TITLES: Mapping[str, str] = {
    NoticeKind.MATURITY_NOTICE: "贷款到期通知书",
    NoticeKind.INTEREST_REMINDER: "付息通知书",
    NoticeKind.DUN_PRINCIPAL: "逾期贷款催收通知书",
    NoticeKind.DUN_INTEREST: "欠息催收通知书",
    NoticeKind.GUARANTOR_NOTICE: "履行担保责任通知书",
    NoticeKind.NPL_DUN: "不良贷款催收通知书",
}
LIABILITIES: Mapping[str, str] = {
    Liability.JOINT: "连带责任保证",
    Liability.GENERAL: "一般保证",
    Liability.UNCLEAR: "保证（保证方式以担保合同约定为准）",
}
ONE_DAY = dt.timedelta(days=1)
CURRENCIES: Mapping[str, str] = {"CNY": "人民币", "USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元"}


def letter_context(case: Case, on: dt.date) -> dict[str, Any]:
    """Everything that the letter's template shows, as texts."""
    kind = case.duty.code
    return {
        "title": TITLES[kind],
        "bank": bank_name(),
        "branch": case.duty.branch.name,
        "addressee": case.addressee,
        "address": case.address,
        "personal": case.personal,
        "you": "您" if case.personal else "贵单位",
        "self": "本人" if case.personal else "本单位",
        "issued_on": day(on),
        "as_of": day(on - ONE_DAY),
        "pay_by": day(on + dt.timedelta(days=PAY_WITHIN_DAYS)),
        "officer": case.duty.owner.name if case.duty.owner else "",
        "borrower": case.borrower.name if case.borrower else "",
        "loans": [_loan(facts, on) for facts in case.loans],
        **SAYING[kind](case, on),
    }


def bank_name() -> str:
    return settings.BANK_NAME or "本行"


def day(value: dt.date | None) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """An amount in digits and in capitals, with the name of its currency."""
    name = CURRENCIES.get(currency, currency)
    return {"digits": f"{amount:,.2f}", "capitals": f"{name}{in_capitals(amount)}", "currency": name}


def _debt(debt: Debt, currency: str) -> dict[str, Any]:
    return {
        "principal": money(debt.principal, currency),
        "interest": money(debt.interest, currency),
        "total": money(debt.total, currency),
        "since": day(debt.since),
        "has_principal": debt.principal > 0,
        "has_interest": debt.interest > 0,
    }


def _loan(facts: LoanFacts, on: dt.date) -> dict[str, Any]:
    loan, debt = facts.loan, facts.arrears(on)
    return {
        "loan_no": loan.loan_no,
        "contract_no": loan.contract_no,
        "currency": CURRENCIES.get(loan.currency, loan.currency),
        "principal": money(loan.principal, loan.currency),
        "balance": money(loan.balance, loan.currency),
        "disbursed_on": day(loan.disbursed_on),
        "matures_on": day(loan.matures_on),
        "has_matured": loan.matures_on < on,
        "arrears": _debt(debt, loan.currency),
    }


def _totals(case: Case, on: dt.date) -> list[dict[str, Any]]:
    """The arrears of all loans, by currency."""
    sums: dict[str, Debt] = {}
    for facts in case.loans:
        currency = facts.loan.currency
        sums[currency] = sums.get(currency, Debt()) + facts.arrears(on)
    return [_debt(debt, currency) for currency, debt in sorted(sums.items())]


def _maturity(case: Case, on: dt.date) -> dict[str, Any]:
    facts = case.loans[0]
    return {
        "due_on": day(facts.loan.matures_on),
        "due": _debt(facts.due_at(facts.loan.matures_on), facts.loan.currency),
        "overdue": facts.arrears(on).total > 0,
    }


def _interest(case: Case, on: dt.date) -> dict[str, Any]:
    facts = case.loans[0]
    return {
        "due_on": day(case.duty.anchor_on),
        "due": _debt(facts.due_at(case.duty.anchor_on), facts.loan.currency),
        "overdue": facts.arrears(on).total > 0,
    }


def _dunning(case: Case, on: dt.date) -> dict[str, Any]:
    return {
        "due_on": day(case.duty.anchor_on),
        "of_interest": case.duty.code == NoticeKind.DUN_INTEREST,
        "totals": _totals(case, on),
    }


def _guarantor(case: Case, on: dt.date) -> dict[str, Any]:
    guarantee = case.guarantee
    assert guarantee is not None  # the service refuses a case without one
    currency = case.loans[0].loan.currency
    return {
        **_dunning(case, on),
        "liability": LIABILITIES[guarantee.liability],
        "joint": guarantee.liability == Liability.JOINT,
        "limit": money(guarantee.amount, currency) if guarantee.amount else None,
        "period_ends_on": day(guarantee.expires_on),
        "in_period": guarantee.expires_on >= on,
    }


def _npl(case: Case, on: dt.date) -> dict[str, Any]:
    month = period_containing(case.duty.anchor_on, "month").end
    return {"totals": _totals(case, on), "month": f"{month.year}年{month.month}月"}


SAYING: Mapping[str, Callable[[Case, dt.date], dict[str, Any]]] = {
    NoticeKind.MATURITY_NOTICE: _maturity,
    NoticeKind.INTEREST_REMINDER: _interest,
    NoticeKind.DUN_PRINCIPAL: _dunning,
    NoticeKind.DUN_INTEREST: _dunning,
    NoticeKind.GUARANTOR_NOTICE: _guarantor,
    NoticeKind.NPL_DUN: _npl,
}
