"""Daily runs by the API: whether the bank's day is closed."""

from typing import Any

from core.api.rows import ApiRequest, Row
from core.models import DailyRun
from core.paging import Order
from org.api import ScopedResource
from org.enums import ApiScope
from postloan.filters import RunFilter
from postloan.permissions import can_see_runs


class DailyRunRow(Row):
    """The closing of one business date."""

    class Meta:
        model = DailyRun
        fields = ("business_date", "state", "with_delivery", "started_at", "finished_at", "error")


class DailyRunResource(ScopedResource):
    """Closings of business dates, newest first; counts and customers are on no page of theirs."""

    name = "daily-runs"
    row = DailyRunRow
    key = ("business_date",)
    filterset = RunFilter
    order = Order("business_date", descending=True)
    scope = ApiScope.OPERATION_READ
    person_may = staticmethod(can_see_runs)
    about = "Daily runs"

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return DailyRun.objects.all()


RESOURCES = (DailyRunResource(),)
