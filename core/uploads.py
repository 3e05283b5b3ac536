"""Uploads are bounded while they arrive: what is too large never fills memory or disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest


class BoundedUploadHandler(FileUploadHandler):
    """Passes on at most ``limit`` bytes and one more of all files of a request.

    The one byte too many lets every form see by the size that the file is too large; the rest of the stream
    is read and dropped, so that the browser gets its answer. Stands before the handlers that keep the bytes.
    """

    def __init__(self, request: HttpRequest | None = None, limit: int | None = None) -> None:
        super().__init__(request)
        self.left = (settings.UPLOAD_MAX_BYTES if limit is None else limit) + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        kept = raw_data[: self.left]
        self.left -= len(kept)
        return kept or None

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""


def take_large(request: HttpRequest, limit: int) -> None:
    """Let this request upload ``limit`` bytes, straight to disk; call it before anything reads the body.

    The view is exempt from Django's early CSRF check, which reads the body, and is protected inside instead.
    """
    handlers: list[Any] = [BoundedUploadHandler(request, limit), TemporaryFileUploadHandler(request)]
    request.upload_handlers = handlers
