"""File types that may be stored."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MediaType(models.TextChoices):
    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"
    WEBP = "image/webp", "WebP"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _("Word document")
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _("Excel workbook")
    CSV = "text/csv", "CSV"
    TEXT = "text/plain", _("Text")


SUFFIXES = {
    ".pdf": MediaType.PDF,
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".webp": MediaType.WEBP,
    ".docx": MediaType.DOCX,
    ".xlsx": MediaType.XLSX,
    ".csv": MediaType.CSV,
    ".txt": MediaType.TEXT,
}
IMAGES = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})
