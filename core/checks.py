"""System checks: what must not go to production."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_secrets(app_configs: Any, **kwargs: Any) -> list[Error]:
    if settings.SECRET_KEY != settings.INSECURE_KEY:
        return []
    return [
        Error(
            "SECRET_KEY is the development key.",
            hint="Set SECRET_KEY to a long random value.",
            id="core.E001",
        )
    ]


@register(Tags.database, deploy=True)
def check_servers(app_configs: Any, **kwargs: Any) -> list[Warning]:
    problems = []
    if settings.IS_SQLITE:
        problems.append(
            Warning("SQLite has one writer.", hint="Set DATABASE_URL to PostgreSQL.", id="core.W001")
        )
    if not settings.REDIS_URL:
        problems.append(Warning("The task broker is a folder.", hint="Set REDIS_URL.", id="core.W002"))
    return problems
