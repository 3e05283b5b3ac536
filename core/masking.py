"""Personal numbers with their middle hidden, for pages and API alike."""


def masked(value: str, kind: str = "id") -> str:
    """``110101199003070015`` as ``110********0015`` (kind ``id`` or ``phone``)."""
    head, tail = (3, 4) if len(value) > 9 else (0, min(4, len(value) // 2))
    hidden = "*" * min(len(value) - head - tail, 4 if kind == "phone" else 8)
    return value[:head] + hidden + value[len(value) - tail :]
