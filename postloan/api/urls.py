"""Addresses of the API; version 1 changes by additions only."""

from itertools import chain

from django.urls import include, path, re_path

import approvals.api
import collections_app.api
import inspections.api
import loans.api
import org.api
import postloan.api.operation
import reports.api
from core.api.resources import addresses
from postloan.api.views import Nothing, SchemaView

RESOURCES = (
    *org.api.RESOURCES,
    *loans.api.RESOURCES,
    *reports.api.RESOURCES,
    *inspections.api.RESOURCES,
    *collections_app.api.RESOURCES,
    *approvals.api.RESOURCES,
    *postloan.api.operation.RESOURCES,
)

app_name = "api"
version_1 = [
    *chain.from_iterable(addresses(resource) for resource in RESOURCES),
    *addresses(loans.api.DeliveryResource(), loans.api.DeliveriesView),
]
urlpatterns = [
    path("v1/", include(version_1)),
    path("schema/", SchemaView.as_view(), name="schema"),
    re_path(r"^(?!docs/$).*$", Nothing.as_view(), name="nothing"),
]
