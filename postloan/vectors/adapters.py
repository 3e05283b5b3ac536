"""One adapter per rule of the vectors.

Each turns the text of a case into values, calls one rule, and names the parts of the answer
as the vectors do. None of them decides anything.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from collections_app import rules as notices
from core.history import History
from core.periods import Period, add_months
from duties.rules import sla
from inspections import rules as inspections
from inspections.rules import InspectedLoan, SampleBorrower
from loans import rules as loans
from loans.rules import Instalment, Payment
from postloan.vectors.policy import Policy
from reports import rules as reports
from reports.rules import PortfolioLoan
from warnings_app.rules import major_event

Json = Any
Case = dict[str, Any]

SLA_RULES = {
    "group_share": "GROUP_EVENT",
    "rating_update": "RATING_DYNAMIC",
    "ledger_carry_forward": "LEDGER_YEAR_END",
}


def plain(value: Any) -> Json:
    """A value as the vectors write it."""
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, Period):
        return value.key
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


# --- text to values


def _day(text: str | None) -> Any:
    return date.fromisoformat(text) if text else None


def _days(texts: Iterable[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def _history(entries: Iterable[Mapping[str, str]]) -> History[str]:
    return [(_day(entry["from"]), entry["value"]) for entry in entries]


def _month(key: str) -> date:
    return Period.from_key(key).start


@dataclass(frozen=True)
class _Span:
    """A loan of which only its beginning and end matter."""

    disbursed_on: date
    ended_on: date | None


# --- calendar


def _is_workday(i: Case, p: Policy) -> Json:
    return {"workday": p.calendar.is_workday(_day(i["date"]))}


def _add_workdays(i: Case, p: Policy) -> Json:
    return {"date": p.calendar.add_workdays(_day(i["date"]), i["n"])}


def _add_months(i: Case, p: Policy) -> Json:
    return {"date": add_months(_day(i["date"]), i["n"])}


def _next_workday(i: Case, p: Policy) -> Json:
    return {"date": p.calendar.next_workday(_day(i["date"]))}


def _previous_workday(i: Case, p: Policy) -> Json:
    return {"date": p.calendar.previous_workday(_day(i["date"]))}


def _workdays_between(i: Case, p: Policy) -> Json:
    return {"n": p.calendar.workdays_between(_day(i["after"]), _day(i["until"]))}


# --- inspections


def _inspection_frequency(i: Case, p: Policy) -> Json:
    return {"frequency": inspections.inspection_frequency(i["regime"], i["class"], p.inspection)}


def _report_deadline(i: Case, p: Policy) -> Json:
    return {"due": inspections.report_deadline(i["type"], _day(i["period_end"]), *p.clock)}


def _first_inspection(i: Case, p: Policy) -> Json:
    due = inspections.first_inspection(_day(i["disbursement"]), _day(i["settled"]), *p.clock, p.inspection)
    return {"due": due}


def inspected_loan(i: Case) -> InspectedLoan:
    """The loan of an `inspection_plan` case."""
    disbursed_on = _day(i["disbursement"])
    return InspectedLoan(
        loan_no="",
        disbursed_on=disbursed_on,
        matures_on=_day(i.get("maturity")) or add_months(disbursed_on, i["term_months"]),
        ended_on=_day(i["settled"]),
        regimes=_history(i["regimes"]),
        classes=_history(i["classes"]),
    )


def _inspection_plan(i: Case, p: Policy) -> Json:
    plan = inspections.inspection_plan(
        inspected_loan(i), _day(i["start"]), _day(i["end"]), *p.clock, p.inspection
    )
    return {
        "first_inspection_due": plan.first_inspection_due,
        "reports": [
            {"type": r.report_type, "period": r.period, "period_end": r.period.end, "due": r.due}
            for r in plan.reports
        ],
    }


# --- notices


def _maturity_notice(i: Case, p: Policy) -> Json:
    return {"send_by": notices.maturity_notice(_day(i["maturity"]), *p.clock, p.notice)}


def _maturity_dunning(i: Case, p: Policy) -> Json:
    dunning = notices.maturity_dunning(
        _day(i["maturity"]), _day(i["paid"]), i["guarantors"], *p.clock, p.notice
    )
    letters = [{"letter": letter, "to": to} for letter, to in dunning.letters]
    return {"deadline": dunning.deadline, "letters": letters}


def _interest_reminder(i: Case, p: Policy) -> Json:
    return {"remind_on": notices.interest_reminder(_day(i["interest_date"]), *p.clock, p.notice)}


def _interest_dunning(i: Case, p: Policy) -> Json:
    deadline = notices.interest_dunning(_day(i["interest_date"]), _day(i["paid"]), *p.clock, p.notice)
    return {"deadline": deadline}


def _notice_tasks(i: Case, p: Policy) -> Json:
    tasks = notices.notice_tasks(
        _day(i["maturity"]),
        _day(i["maturity_paid"]),
        i["guarantors"],
        [(_day(entry["date"]), _day(entry["paid"])) for entry in i["interest"]],
        *p.clock,
        p.notice,
    )
    return {"tasks": [{"date": t.on, "task": t.task, "for": t.about} for t in tasks]}


def _npl_collection_months(i: Case, p: Policy) -> Json:
    missing = notices.npl_collection_months(
        _history(i["classes"]),
        _day(i["settled"]),
        _days(i["collections"]),
        _month(i["first_month"]),
        _month(i["last_month"]),
    )
    return {"missing": missing}


# --- logs, events, checks


def _worklog_sla(i: Case, p: Policy) -> Json:
    clock = inspections.worklog_sla(
        _day(i["activity"]), _day(i["submitted"]), _day(i["signed"]), _day(i["as_of"]), *p.clock
    )
    return asdict(clock)


def _worklog_months(i: Case, p: Policy) -> Json:
    missing = inspections.worklog_months(
        [_Span(_day(loan["disbursement"]), _day(loan["settled"])) for loan in i["loans"]],
        _days(i["logs"]),
        _month(i["first_month"]),
        _month(i["last_month"]),
        p.inspection,
    )
    return {"missing": missing}


def _major_event(i: Case, p: Policy) -> Json:
    event = major_event(
        _day(i["known"]),
        _day(i["submitted"]),
        {signoff["level"]: _day(signoff["on"]) for signoff in i["signoffs"]},
        [_day(i["filed_risk"]), _day(i["filed_superior"])],
        _day(i["as_of"]),
        *p.clock,
    )
    return asdict(event)


def _simple_sla(i: Case, p: Policy) -> Json:
    anchor = _day(i.get("base")) or Period.from_key(str(i["fiscal_year"])).end
    return asdict(sla(anchor, _day(i["done"]), _day(i["as_of"]), p.rules[SLA_RULES[i["kind"]]], p.calendar))


def _collateral_check(i: Case, p: Policy) -> Json:
    check = inspections.collateral_check(
        _day(i["disbursement"]),
        _day(i["maturity"]),
        i["class"],
        _day(i["last_check"]),
        _day(i["as_of"]),
        *p.clock,
        p.inspection,
    )
    return asdict(check)


# --- classification and schedules


def _overdue_class(i: Case, p: Policy) -> Json:
    overdue = loans.overdue_class(_day(i["due"]), _day(i["as_of"]), p.floors, technical=i["technical"])
    return asdict(overdue)


def _loan_status(i: Case, p: Policy) -> Json:
    schedule = [
        Instalment(_day(row["due"]), Decimal(row["principal"]), Decimal(row["interest"]))
        for row in i["schedule"]
    ]
    payments = [Payment(_day(row["on"]), Decimal(row["amount"])) for row in i["payments"]]
    return asdict(loans.loan_status(schedule, payments, _day(i["as_of"]), p.floors))


def _schedule(i: Case, p: Policy) -> Json:
    rows = loans.amortisation_schedule(
        i["method"],
        Decimal(i["principal"]),
        Decimal(i["annual_rate_pct"]),
        i["periods"],
        _day(i["start"]),
        i["interval_months"],
        i["basis"],
    )
    return {
        "rows": [asdict(row) for row in rows],
        "total_interest": sum(row.interest for row in rows),
        "total_payment": sum(row.payment for row in rows),
    }


# --- sampling and portfolio


def _population(i: Case) -> list[SampleBorrower]:
    return [
        SampleBorrower(
            row["id"], row["class"], Decimal(row["amount"]), frozenset(row["guarantees"]), row["loans"]
        )
        for row in i["population"]
    ]


def _sampling_requirements(i: Case, p: Policy) -> Json:
    return asdict(inspections.sampling_requirements(_population(i), p.inspection))


def _sampling_check(i: Case, p: Policy) -> Json:
    sample = {row["id"]: row["loans_checked"] for row in i["sample"]}
    return {"violations": inspections.sampling_check(_population(i), sample, p.inspection)}


def _branch_coverage(i: Case, p: Policy) -> Json:
    coverage = inspections.branch_coverage(i["branches"], i["visited"])
    return {
        "coverage_pct": coverage.coverage_pct,
        "below_40_pct": coverage.below_minimum,
        "never_visited": coverage.never_visited,
    }


def _portfolio(i: Case, p: Policy) -> Json:
    book = [
        PortfolioLoan(
            loan_no=row["id"],
            open_class=row["open_class"],
            open_balance=Decimal(row["open_balance"]),
            close_class=row["close_class"],
            close_balance=Decimal(row["close_balance"]),
            overdue_days=row["overdue_days"],
            overdue_principal=Decimal(row["overdue_principal"]),
        )
        for row in i["loans"]
    ]
    return asdict(reports.portfolio(book, Decimal(i["provisions"]), p.report))


def _migration_rate(i: Case, p: Policy) -> Json:
    amounts = (Decimal(i[name]) for name in ("moved_down", "opening", "decrease"))
    return {"rate_pct": reports.migration_rate(*amounts)}


ADAPTERS: dict[str, Callable[[Case, Policy], Json]] = {
    "is_workday": _is_workday,
    "add_workdays": _add_workdays,
    "add_months": _add_months,
    "next_workday": _next_workday,
    "previous_workday": _previous_workday,
    "workdays_between": _workdays_between,
    "inspection_frequency": _inspection_frequency,
    "report_deadline": _report_deadline,
    "first_inspection": _first_inspection,
    "inspection_plan": _inspection_plan,
    "maturity_notice": _maturity_notice,
    "maturity_dunning": _maturity_dunning,
    "interest_reminder": _interest_reminder,
    "interest_dunning": _interest_dunning,
    "notice_tasks": _notice_tasks,
    "npl_collection_months": _npl_collection_months,
    "worklog_sla": _worklog_sla,
    "worklog_months": _worklog_months,
    "major_event": _major_event,
    "simple_sla": _simple_sla,
    "collateral_check": _collateral_check,
    "overdue_class": _overdue_class,
    "loan_status": _loan_status,
    "schedule": _schedule,
    "sampling_requirements": _sampling_requirements,
    "sampling_check": _sampling_check,
    "branch_coverage": _branch_coverage,
    "portfolio": _portfolio,
    "migration_rate": _migration_rate,
}
