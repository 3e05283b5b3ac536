"""The Chinese words of the demo bank (data/words.toml) and its dice."""

import tomllib
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).parent / "data"
SEED = 20260720


@cache
def words() -> dict[str, Any]:
    """The word lists by topic, as the file has them."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


def dice(*topic: object) -> Random:
    """A random stream of its own for a topic, so that a change in one leaves the others alone."""
    return Random(f"{SEED}/" + "/".join(map(str, topic)))  # noqa: S311 - made-up people, no secrets
