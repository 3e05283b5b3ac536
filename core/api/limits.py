"""How many requests a minute somebody may send, told in every answer."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled

from core import clock

logger = logging.getLogger("postloan.api")

WINDOW = 60


@dataclass(frozen=True)
class Turn:
    """One request counted: the limit, what is left of it, and the seconds until it starts anew."""

    limit: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.left, 0)),
            "X-RateLimit-Reset": str(self.seconds),
        }


def take_turn(reader: Any) -> Turn:
    """Count a request of a reader; the turn says what is left, below zero when it was one too many."""
    now = int(clock.now().timestamp())
    limit = getattr(reader, "rate_per_minute", None) or settings.API_RATE_PER_MINUTE
    used = _count(f"api-turns:{reader.employee_no}:{now // WINDOW}")
    return Turn(limit, limit - used, WINDOW - now % WINDOW)


def _count(key: str) -> int:
    """Without a cache nobody is slowed down: the limit protects, it does not decide."""
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        return cache.incr(key)
    except Exception:  # noqa: BLE001 - whatever the cache raises
        logger.warning("The cache does not count API requests.")
        return 0


def refuse_if_too_many(turn: Turn) -> None:
    if turn.left < 0:
        raise Throttled(wait=turn.seconds)
