"""Approval requests with their signatures, by the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from approvals.enums import Outcome
from approvals.filters import RequestFilter
from approvals.models import Decision, Request
from core.api.rows import ApiRequest, Built, Row, text
from org.api import ScopedResource
from org.enums import ApiScope
from org.models import User


class SignatureRow(serializers.Serializer[Any]):
    """One signature; ``in_place_of`` is somebody else's number where a deputy signed."""

    level = serializers.IntegerField()
    signed_by = serializers.CharField()
    in_place_of = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    opinion = serializers.CharField()
    signed_on = serializers.DateField()
    signed_at = serializers.DateTimeField()


class ApprovalRow(Row):
    """One submission for signature."""

    branch_no = text("branch.branch_no")
    applicant_no = text("applicant.employee_no")
    signatures = SignatureRow(many=True)

    attached = ("signatures",)

    class Meta:
        model = Request
        fields = (
            "number",
            "kind",
            "title",
            "subject_type",
            "subject_no",
            "content_hash",
            "branch_no",
            "applicant_no",
            "borrower_no",
            "state",
            "level",
            "levels",
            "role",
            "due_on",
            "submitted_on",
            "submitted_at",
            "closed_on",
            "signatures",
        )


class ApprovalResource(ScopedResource):
    """What was submitted for signature, and who signed."""

    name = "approvals"
    row = ApprovalRow
    key = ("number",)
    filterset = RequestFilter
    scope = ApiScope.APPROVALS_READ
    about = "Approvals"

    @staticmethod
    def person_may(user: User) -> bool:
        return user.is_active

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return Request.objects.visible_to(request.user)

    def attach(self, rows: Mapping[Any, Built], names: Sequence[str], request: ApiRequest) -> None:
        for record in rows.values():
            record["signatures"] = []
        signed = Decision.objects.filter(request__in=rows).order_by("request", "level")
        columns = ("level", "actor__employee_no", "principal__employee_no", "outcome", "opinion")
        for pk, *values in signed.values_list("request", *columns, "decided_on", "decided_at"):
            rows[pk]["signatures"].append(dict(zip(SIGNATURE_FIELDS, values, strict=True)))


SIGNATURE_FIELDS = tuple(SignatureRow().fields)
RESOURCES = (ApprovalResource(),)
