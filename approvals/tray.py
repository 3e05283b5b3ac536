"""The tray of approval requests on the desk."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from approvals.desk import Item, Sheet
from approvals.models import Request
from approvals.selectors import queue
from approvals.services import decide
from approvals.templatetags.approval_tags import kind_name
from core import subjects
from org.models import User

NAME = "request"


def waiting(user: User, on: dt.date, limit: int, delegators: Sequence[User]) -> list[Item]:
    """Requests that wait for the person, own and as a deputy."""
    return [
        Item(
            tray=NAME,
            number=row.number,
            title=row.title,
            kind=kind_name(row.kind),
            author=row.applicant.name,
            branch=row.branch.name,
            due_on=row.due_on,
        )
        for row in queue(user, on, delegators)[:limit]
    ]


def find(user: User, number: str) -> Request | None:
    rows = Request.objects.visible_to(user).select_related("applicant", "branch")
    return rows.filter(number=number).first()


def sheet(user: User, request: Request) -> Sheet:
    """The request with what was signed so far, and the record itself where its app shows it."""
    subject = subjects.get(request.subject_type)
    template, context = subject.reading(user, request.subject_no) if subject.reading else ("", {})
    return Sheet(
        "approvals/_request_sheet.html",
        {
            "chosen": request,
            "subject_url": subject.url(request.subject_no),
            "signatures": request.decisions.select_related("actor", "principal").order_by("level"),
            "record_template": template,
            **context,
        },
        seen=request.level,
    )


def sign(
    request: Request, *, actor: User, business_date: dt.date, outcome: str, opinion: str, seen: int
) -> Any:
    return decide(
        request, actor=actor, business_date=business_date, outcome=outcome, opinion=opinion, level=seen
    )
