"""Letters by the API."""

from typing import Any

from collections_app.filters import NoticeFilter
from collections_app.models import Notice
from core.api.rows import ApiRequest, Row, text
from loans.permissions import can_read_portfolio
from org.api import ScopedResource
from org.enums import ApiScope


class NoticeRow(Row):
    """One letter, or one reminder without a letter (``number`` null), about one duty."""

    number = text("document.number", allow_null=True)
    duty_code = text("duty.code")
    subject_no = text("duty.subject_no")
    period_key = text("duty.period_key")
    borrower_no = text("borrower.borrower_no")
    branch_no = text("branch.branch_no")
    owner_no = text("owner.employee_no", allow_null=True)

    class Meta:
        model = Notice
        fields = (
            "id",
            "number",
            "kind",
            "duty_code",
            "subject_no",
            "period_key",
            "borrower_no",
            "addressee",
            "branch_no",
            "owner_no",
            "state",
            "state_note",
            "issued_on",
            "sent_on",
            "receipt_due_on",
            "receipt_complete",
        )


class NoticeResource(ScopedResource):
    """Letters with how far they got; a void one was never sent."""

    name = "notices"
    row = NoticeRow
    key = ("id",)
    filterset = NoticeFilter
    scope = ApiScope.NOTICES_READ
    person_may = staticmethod(can_read_portfolio)
    about = "Letters and reminders"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return Notice.objects.visible_to(request.user)


RESOURCES = (NoticeResource(),)
