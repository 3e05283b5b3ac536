"""Borrowers, loans and what hangs on them, by the API; and deliveries that other systems upload."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, UnsupportedMediaType
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from core.api.idempotency import HEADER, LONGEST, answered_once
from core.api.resources import ListView
from core.api.rows import ApiRequest, Built, Computed, Row, text
from core.api.schema import errors
from core.errors import ApplicationError
from core.uploads import take_large
from core.workplace import workplace
from loans.filters import (
    BorrowerFilter,
    CollateralFilter,
    DeliveryFilter,
    GuaranteeFilter,
    HistoryFilter,
    LoanFilter,
)
from loans.forms import MODES, DeliveryForm
from loans.models import (
    Borrower,
    BorrowerGroup,
    Collateral,
    CollateralLoan,
    Delivery,
    Guarantee,
    Instalment,
    Loan,
    LoanClassification,
    LoanRegime,
    Repayment,
)
from loans.permissions import can_import, can_read_portfolio, can_see_imports, can_see_rejects
from loans.rules.overdue import bucket, days_past_due
from loans.selectors.deliveries import delivery_report, visible_deliveries
from loans.services.deliveries import JOB, receive_delivery, rejects_folder
from org.api import ScopedResource
from org.authentication import ClientAuthentication
from org.enums import ApiScope


class PortfolioResource(ScopedResource):
    """Customer data: the scope of systems, the roles of people, and the rows in the reader's branches."""

    scope = ApiScope.PORTFOLIO_READ
    person_may = staticmethod(can_read_portfolio)

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return self.model.objects.visible_to(request.user)


# --- borrowers and groups ------------------------------------------------------------------------
class BorrowerRow(Row):
    """A borrower."""

    group_no = text("group.group_no", allow_null=True)
    branch_no = text("branch.branch_no")
    officer_no = text("officer.employee_no", allow_null=True)

    personal = {"id_no": "id", "phone": "phone"}

    class Meta:
        model = Borrower
        fields = (
            "borrower_no",
            "name",
            "borrower_type",
            "segment",
            "id_no",
            "phone",
            "industry",
            "registered_address",
            "legal_representative",
            "group_no",
            "branch_no",
            "officer_no",
            "rating",
            "rated_on",
            "updated_at",
        )


class BorrowerResource(PortfolioResource):
    """Borrowers."""

    name = "borrowers"
    row = BorrowerRow
    key = ("borrower_no",)
    filterset = BorrowerFilter
    updated = "updated_at"
    about = "Borrowers"


class GroupRow(Row):
    """A group of borrowers."""

    lead_branch_no = text("lead_branch.branch_no", allow_null=True)

    class Meta:
        model = BorrowerGroup
        fields = ("group_no", "name", "lead_branch_no")


class GroupResource(PortfolioResource):
    """Groups of borrowers."""

    name = "groups"
    row = GroupRow
    key = ("group_no",)
    about = "Groups of borrowers"


# --- loans -----------------------------------------------------------------------------------------
def _days(request: ApiRequest) -> Callable[[dt.date | None], int]:
    closed = workplace(request._request).closed
    return lambda due: days_past_due(due, closed)


def _bucket(request: ApiRequest) -> Callable[[dt.date | None], str]:
    days = _days(request)
    return lambda due: bucket(days(due))


class LoanRow(Row):
    """A loan with its figures as of the last closed day."""

    borrower_no = text("borrower.borrower_no")
    borrower_name = text("borrower.name")
    branch_no = text("branch.branch_no")
    officer_no = text("officer.employee_no", allow_null=True)
    days_past_due = serializers.IntegerField(help_text="At the close of the last closed day.")
    bucket = serializers.CharField(help_text="M0 to M6+, at the close of the last closed day.")

    computed = {
        "days_past_due": Computed(_days, ("oldest_unpaid_due_on",)),
        "bucket": Computed(_bucket, ("oldest_unpaid_due_on",)),
    }

    class Meta:
        model = Loan
        fields = (
            "loan_no",
            "contract_no",
            "borrower_no",
            "borrower_name",
            "branch_no",
            "officer_no",
            "product",
            "purpose",
            "currency",
            "principal",
            "balance",
            "disbursed_on",
            "matures_on",
            "original_matures_on",
            "annual_rate_pct",
            "repayment_method",
            "interest_cycle",
            "day_count",
            "regime",
            "classification",
            "approved_class",
            "floor_class",
            "oldest_unpaid_due_on",
            "days_past_due",
            "bucket",
            "is_renewal",
            "renewed_from_loan_no",
            "technical_overdue",
            "settled_on",
            "written_off_on",
            "written_off_amount",
            "transferred_on",
            "ended_on",
            "updated_at",
        )


class LoanResource(PortfolioResource):
    """Loans; only running ones unless ``state`` says otherwise."""

    name = "loans"
    row = LoanRow
    key = ("loan_no",)
    filterset = LoanFilter
    updated = "updated_at"
    about = "Loans (running ones, unless `state` says otherwise)"

    def filter_options(self, request: ApiRequest) -> dict[str, Any]:
        return {"closed": workplace(request._request).closed}


class OfLoan(PortfolioResource):
    """Rows of one loan, below its address."""

    tag = "loans"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        loan = Loan.objects.visible_to(request.user).filter(loan_no=named["loan_no"])
        found = loan.values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return self.model.objects.filter(loan=found)


class InstalmentRow(Row):
    """One due date of a schedule and what was paid on it."""

    class Meta:
        model = Instalment
        fields = (
            "seq",
            "due_on",
            "principal_due",
            "interest_due",
            "principal_paid",
            "interest_paid",
            "paid_on",
        )


class InstalmentResource(OfLoan):
    """The schedule of a loan."""

    name = "instalments"
    path = "loans/<str:loan_no>/instalments/"
    row = InstalmentRow
    about = "Schedule of a loan"


class RepaymentRow(Row):
    """Money received."""

    class Meta:
        model = Repayment
        fields = ("repayment_no", "paid_on", "amount", "principal", "interest", "penalty", "channel")


class RepaymentResource(OfLoan):
    """Money received on a loan."""

    name = "repayments"
    path = "loans/<str:loan_no>/repayments/"
    row = RepaymentRow
    about = "Repayments of a loan"


# --- what secures loans, and their histories ---------------------------------------------------------
class GuaranteeRow(Row):
    """One guarantor's undertaking for one loan."""

    loan_no = text("loan.loan_no")

    personal = {"phone": "phone"}

    class Meta:
        model = Guarantee
        fields = (
            "loan_no",
            "guarantor_no",
            "name",
            "guarantor_type",
            "liability",
            "amount",
            "period_ends_on",
            "expires_on",
            "phone",
            "address",
            "updated_at",
        )


class GuaranteeResource(PortfolioResource):
    """Guarantees."""

    name = "guarantees"
    row = GuaranteeRow
    key = ("loan_no", "guarantor_no")
    filterset = GuaranteeFilter
    updated = "updated_at"
    about = "Guarantees"


class CollateralRow(Row):
    """A piece of collateral; it may secure several loans."""

    loans = serializers.ListField(
        child=serializers.CharField(),
        help_text="Numbers of the loans it secures, as far as the reader sees them.",
    )

    attached = ("loans",)

    class Meta:
        model = Collateral
        fields = (
            "collateral_no",
            "loans",
            "kind",
            "description",
            "owner_name",
            "appraised_value",
            "appraised_on",
            "max_ltv_pct",
            "insured_until",
            "insurer",
            "beneficiary",
            "last_checked_on",
            "updated_at",
        )


class CollateralResource(PortfolioResource):
    """Collateral."""

    name = "collaterals"
    row = CollateralRow
    key = ("collateral_no",)
    filterset = CollateralFilter
    updated = "updated_at"
    about = "Collateral"

    def attach(self, rows: Mapping[Any, Built], names: Sequence[str], request: ApiRequest) -> None:
        links = CollateralLoan.objects.filter(
            collateral__in=rows, loan__in=Loan.objects.visible_to(request.user).order_by().values("pk")
        )
        for record in rows.values():
            record["loans"] = []
        for pk, loan_no in links.order_by("loan__loan_no").values_list("collateral", "loan__loan_no"):
            rows[pk]["loans"].append(loan_no)


class ClassificationRow(Row):
    """A delivered or approved class from a date on."""

    loan_no = text("loan.loan_no")

    class Meta:
        model = LoanClassification
        fields = ("loan_no", "effective_on", "classification", "reason", "source")


class ClassificationResource(PortfolioResource):
    """Delivered and approved classes by date; overdue floors are in the loan."""

    name = "classifications"
    row = ClassificationRow
    filterset = HistoryFilter
    about = "Delivered and approved classes of loans by date"


class RegimeRow(Row):
    """An inspection regime from a date on."""

    loan_no = text("loan.loan_no")

    class Meta:
        model = LoanRegime
        fields = ("loan_no", "effective_on", "regime", "source")


class RegimeResource(PortfolioResource):
    """Inspection regimes by date."""

    name = "regimes"
    row = RegimeRow
    filterset = HistoryFilter
    about = "Inspection regimes of loans by date"


# --- deliveries ------------------------------------------------------------------------------------------
class DeliveryRow(Row):
    """A delivery of the core-banking system."""

    class Meta:
        model = Delivery
        fields = (
            "id",
            "business_date",
            "name",
            "state",
            "complete",
            "mode",
            "received_at",
            "finished_at",
            "received_by",
            "message",
        )


class DeliveryFileRow(serializers.Serializer[Any]):
    """Figures of one file."""

    name = serializers.CharField()
    read = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()


class DeliveryRecordRow(DeliveryRow):
    """A delivery with what became of it."""

    files = DeliveryFileRow(many=True)
    progress = serializers.IntegerField(help_text="Rows done while it is under way.")
    total = serializers.IntegerField()
    under_way = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.CharField())
    remarks = serializers.ListField(child=serializers.DictField())
    rejects = serializers.ListField(
        child=serializers.DictField(), help_text="The first ones; only for whoever may see customers in them."
    )

    class Meta(DeliveryRow.Meta):
        fields = (  # type: ignore[assignment]
            *DeliveryRow.Meta.fields,
            "files",
            "progress",
            "total",
            "under_way",
            "problems",
            "remarks",
            "rejects",
        )


class DeliveryResource(ScopedResource):
    """Deliveries of the core-banking system, newest last."""

    name = "imports"
    row = DeliveryRow
    record = DeliveryRecordRow
    key = ("id",)
    filterset = DeliveryFilter
    scope = ApiScope.DELIVERIES_READ
    person_may = staticmethod(can_see_imports)
    about = "Deliveries"

    def admits(self, reader: Any) -> bool:
        """Whoever uploads follows the own deliveries."""
        return super().admits(reader) or (reader.is_system and can_import(reader))

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return visible_deliveries(request.user)

    def more(self, record: Built, request: ApiRequest) -> None:
        delivery = Delivery.objects.get(pk=record["id"])
        report = delivery_report(delivery, job_kind=JOB, rejects=rejects_folder(delivery))
        numbers = ("name", "read", "created", "changed", "unchanged", "rejected")
        record["files"] = [{name: getattr(file, name) for name in numbers} for file in report.files]
        record["progress"] = report.job.progress if report.job else 0
        record["total"] = report.job.total if report.job else 0
        record["under_way"] = report.under_way
        record["problems"] = report.problems
        record["remarks"] = report.remarks
        shown = can_see_rejects(request.user, delivery.received_by) or request.user.is_system
        record["rejects"] = report.rejects if shown else []


class DeliveryUpload(serializers.Serializer[Any]):
    """What is sent as multipart/form-data."""

    file = serializers.FileField(help_text="A zip file of CSV files, or a workbook (.xlsx).")
    mode = serializers.ChoiceField(choices=[value for value, _label in MODES], required=False)
    date = serializers.DateField(
        required=False, help_text="Only when neither the manifest nor the file's name has it."
    )


class DeliveriesView(ListView):
    """The list, and the upload of the next one; only systems upload here, people have the page."""

    resource: Any = DeliveryResource()
    parser_classes = (MultiPartParser,)

    def get_authenticators(self) -> list[Any]:
        """The check of a session's CSRF token would read the whole body before anything else is known."""
        if self.request is not None and self.request.method == "POST":
            return [ClientAuthentication()]
        return super().get_authenticators()

    @extend_schema(
        operation_id="imports_upload",
        summary="Upload a delivery",
        description="Scope of API clients: `deliveries:write`. The import runs in the background; follow"
        " it at the address in `Location`.",
        request={"multipart/form-data": DeliveryUpload},
        parameters=[
            OpenApiParameter(
                HEADER,
                {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$"},
                OpenApiParameter.HEADER,
                description="Sent again with the same key and content within 24 hours, the upload answers"
                " as the first time; with other content it is refused.",
            ),
            OpenApiParameter(
                "Location",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                response=[202],
                description="The delivery.",
            ),
        ],
        responses={
            202: OpenApiResponse(DeliveryRow, description="Received; the import has begun"),
            **errors(400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503),
        },
    )
    def post(self, request: ApiRequest) -> Response:
        if not (request.user.is_system and can_import(request.user)):
            raise PermissionDenied(
                _("This needs the scope %(scope)s.") % {"scope": ApiScope.DELIVERIES_WRITE.value},
                code="scope_missing",
            )
        take_large(request._request, settings.DELIVERY_MAX_BYTES)
        if not isinstance(request.data, QueryDict):  # nothing was sent, in no form
            raise UnsupportedMediaType(request.content_type or "")
        return answered_once(request, lambda: self._receive(request))

    def _receive(self, request: ApiRequest) -> Response:
        if unknown := sorted(set(request.data) - set(DeliveryUpload().fields)):
            message = _("There is no such field.")
            raise ApplicationError("bad_upload", message, details={name: [message] for name in unknown})
        form = DeliveryForm({"mode": MODES[0][0], **request.data.dict()}, request.FILES)
        if not form.is_valid():
            raise ApplicationError("bad_upload", _("The upload is not accepted."), details=dict(form.errors))
        data = form.cleaned_data
        delivery = receive_delivery(data["file"], actor=request.user, mode=data["mode"], date=data["date"])
        record = {name: getattr(delivery, name) for name in DeliveryRow.Meta.fields}
        where = reverse("api:imports_record", args=[delivery.pk])
        return Response(record, status=202, headers={"Location": request.build_absolute_uri(where)})


RESOURCES = (
    BorrowerResource(),
    GroupResource(),
    LoanResource(),
    InstalmentResource(),
    RepaymentResource(),
    GuaranteeResource(),
    CollateralResource(),
    ClassificationResource(),
    RegimeResource(),
)
