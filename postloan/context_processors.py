"""What every page knows: the bank's name and the shell around the page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from postloan.shell import Shell


def workplace(request: HttpRequest) -> dict[str, Any]:
    return {"BANK_NAME": settings.BANK_NAME, "shell": Shell(request)}
