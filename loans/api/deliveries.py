"""Deliveries that other systems upload and follow."""

from typing import Any

from django.conf import settings
from django.http import QueryDict
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
from core.api.rows import ApiRequest, Built, Row
from core.api.schema import errors
from core.errors import ApplicationError
from core.uploads import take_large
from loans.filters import (
    DeliveryFilter,
)
from loans.forms import MODES, DeliveryForm
from loans.models import (
    Delivery,
)
from loans.permissions import can_import, can_see_imports, can_see_rejects
from loans.selectors.deliveries import delivery_report, visible_deliveries
from loans.services.deliveries import JOB, receive_delivery, rejects_folder
from org.api import ScopedResource
from org.authentication import ClientAuthentication
from org.enums import ApiScope


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
        shown = can_see_rejects(request.user, delivery.received_by)
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
