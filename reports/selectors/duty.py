"""Everything about one duty: its explanation, the loans behind it, what happened to it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from approvals.models import Request
from approvals.selectors import requests_for
from core.models import AuditEvent
from documents.models import StoredFile
from documents.selectors import files_of
from duties.enums import DutyState, SubjectType
from duties.models import Duty, Reminder
from duties.permissions import can_close
from loans.models import Borrower, Loan
from org.models import User

EVENTS_SHOWN = 50
LOANS_SHOWN = 30


@dataclass(frozen=True)
class DutyPage:
    """One duty with what its page shows."""

    duty: Duty
    borrower: Borrower | None
    loans: list[Loan]
    files: list[StoredFile]
    events: list[AuditEvent]
    reminders: list[Reminder]
    requests: list[Request]
    acts: bool

    @property
    def waiting(self) -> Request | None:
        """The waiver request that still waits for a signature."""
        return next((request for request in self.requests if request.closed_on is None), None)

    @property
    def has_side(self) -> bool:
        """Whether there is something to do, to wait for, or to open beside the facts."""
        return self.duty.state == DutyState.OPEN or bool(self.files)


def visible_duty(user: User, pk: int) -> Duty | None:
    rows = Duty.objects.visible_to(user).select_related("owner", "branch", "rule")
    return rows.filter(pk=pk).first()


def duty_page(duty: Duty, user: User, on: dt.date) -> DutyPage:
    """The duty's page for a reader who may see it; seven queries."""
    no = str(duty.pk)
    loans = _loans(duty, user)
    is_open = duty.state == DutyState.OPEN
    return DutyPage(
        duty=duty,
        borrower=_borrower(duty, loans),
        loans=loans,
        files=list(files_of(SubjectType.DUTY, no)),
        events=list(
            AuditEvent.objects.filter(subject_type=SubjectType.DUTY, subject_no=no).order_by("-id")[
                :EVENTS_SHOWN
            ]
        ),
        reminders=list(Reminder.objects.filter(duty=duty).select_related("recipient").order_by("raised_on")),
        requests=list(requests_for(user).filter(subject_type=SubjectType.DUTY, subject_no=no)),
        acts=is_open and can_close(user, duty, on),
    )


def _loans(duty: Duty, user: User) -> list[Loan]:
    numbers = duty.loan_nos or [duty.subject_no.partition("/")[0]]
    rows = Loan.objects.visible_to(user).filter(Q(loan_no__in=numbers)).order_by("loan_no")
    return list(rows.select_related("borrower")[:LOANS_SHOWN])


def _borrower(duty: Duty, loans: list[Loan]) -> Borrower | None:
    if not duty.borrower_no:
        return None
    known = (loan.borrower for loan in loans if loan.borrower.borrower_no == duty.borrower_no)
    return next(known, None) or Borrower.objects.filter(borrower_no=duty.borrower_no).first()
