"""What the acts on activities, work logs and reports share: the duties about a record, the audit row."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet, Value

from core import audit
from core.selectors import workday_calendar
from duties.closing import finish
from duties.enums import CloseReason, SubjectType
from duties.models import Duty
from duties.planning import deadline_of, explain, opening
from duties.selectors import rules_in_force
from inspections.models import Activity, InspectionReport, WorkLog
from org.models import User

Record = Activity | WorkLog | InspectionReport

KINDS: dict[type[Any], tuple[SubjectType, str]] = {
    Activity: (SubjectType.ACTIVITY, "activity_no"),
    WorkLog: (SubjectType.WORK_LOG, "log_no"),
    InspectionReport: (SubjectType.INSPECTION_REPORT, "report_no"),
}


def number_of(record: Record) -> str:
    return str(getattr(record, KINDS[type(record)][1]))


def kind_of(record: Record) -> SubjectType:
    return KINDS[type(record)][0]


def open_duty_about(
    record: Record,
    code: str,
    *,
    period_key: str,
    anchor_on: dt.date,
    owner: User | None,
    business_date: dt.date,
) -> None:
    """A duty about a record, with the dates that its rule gives; nothing when it exists."""
    rule, calendar = rules_in_force(business_date)[code], workday_calendar()
    dates = deadline_of(anchor_on, rule, calendar)
    borrower_no = record.borrower.borrower_no
    opening(
        rule,
        type(record).objects.filter(pk=record.pk),
        subject_type=str(kind_of(record).value),
        subject_no=number_of(record),
        period_key=period_key,
        borrower_no=borrower_no,
        branch=Value(record.branch_id),
        owner=Value(owner.pk if owner else None),
        anchor_on=dates.anchor_on,
        opens_on=dates.opens_on,
        due_on=dates.due_on,
        provisional=dates.provisional,
        explanation=explain(rule, borrower=borrower_no, kind=record.kind),
    ).insert()


def duties_about(record: Record, code: str, period_key: str) -> QuerySet[Any]:
    """The open duty of a code about a submission of a record."""
    return Duty.objects.open().filter(subject_no=number_of(record), code=code, period_key=period_key)


def finish_with(record: Record, duties: QuerySet[Any], *, on: dt.date, done_on: dt.date) -> None:
    """Close duties with the record as evidence."""
    evidence = f"{kind_of(record).value}:{number_of(record)}"
    finish(duties, on=on, done_on=done_on, reason=CloseReason.EVIDENCE, evidence=evidence)


def audit_act(
    action: str,
    record: Record,
    *,
    actor: User,
    business_date: dt.date,
    before: Mapping[str, Any] | None = None,
    on_behalf_of: User | None = None,
    **after: Any,
) -> None:
    audit.record(
        action,
        actor=actor,
        subject_type=kind_of(record),
        subject_no=number_of(record),
        before=before,
        after=after,
        business_date=business_date,
        on_behalf_of=on_behalf_of,
    )
