"""Background work on letters."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation

from collections_app.models import NoticeBatch
from collections_app.services.batches import JOB, work_off
from core import jobs


@jobs.handler(JOB)
def issue_batch(progress: jobs.Progress, *, batch_id: int, language: str | None = None) -> Mapping[str, Any]:
    """Issue and print the letters of a batch; reasons are kept in the language of whoever asked."""
    batch = NoticeBatch.objects.select_related("created_by__branch").get(pk=batch_id)
    with translation.override(language or settings.LANGUAGE_CODE):
        return work_off(batch, progress)
