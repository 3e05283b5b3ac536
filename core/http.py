"""The request as the pages' views get it; for type hints alone."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from org.models import User


class PageRequest(HttpRequest):
    """A request of somebody who has logged in (the middleware refuses the others), with htmx's details."""

    user: "User"
    htmx: "HtmxDetails"
