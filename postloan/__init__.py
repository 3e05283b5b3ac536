"""Composition root: settings, URLs, Celery, the ordered daily run."""

from postloan.celery import app as celery_app

__all__ = ["celery_app"]
