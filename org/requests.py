"""The request as views see it: behind the login, and possibly sent by htmx."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from org.models import User


class StaffRequest(HttpRequest):
    """A request of somebody who has logged in; never made, only named in annotations."""

    user: User
    htmx: HtmxDetails
