"""What the tests of the import pages share: a delivery as bytes, its upload, the worker."""

import io
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core import jobs
from core.enums import RunState
from core.models import Job

PAGE, UPLOAD = "/imports/", "/imports/upload/"


def upload(client, content: bytes, name: str = "core-2026-03-31.zip", **typed: Any):
    data = {"file": SimpleUploadedFile(name, content), "mode": "all-or-nothing", **typed}
    return client.post(UPLOAD, data)


def work_off() -> None:
    """What a worker does with the jobs that wait."""
    for job in Job.objects.filter(state=RunState.PENDING).order_by("pk"):
        jobs.run(job.pk)


def page(client, response) -> str:
    return client.get(response["Location"]).content.decode()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
