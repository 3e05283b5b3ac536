"""One way to hash content: SHA-256 over canonical JSON."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


def content_hash(content: Mapping[str, Any]) -> str:
    """The digest of what JSON can hold (dates and amounts as text), whatever the order of the keys."""
    text = json.dumps(
        content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()
