"""How much one narrative repeats another (QLY-4): what stays when the figures are taken out."""

import math
import re
from collections import Counter
from collections.abc import Mapping

GRAM = 3
ALIKE = 80
"""From this percentage on a report is flagged as a copy."""

NOT_NARRATIVE = re.compile(r"[\d\W_]+")


def most_similar(text: str, others: Mapping[str, str]) -> tuple[str, int]:
    """The key of the text most like ``text`` with the likeness in percent; ("", 0) when nothing is.

    The cosine of character 3-grams, each weighted by how few of the texts contain it, so that what every
    report says counts for little and an edited copy still shows.
    """
    grams = {key: _grams(other) for key, other in others.items()}
    own = _grams(text)
    weights = _weights([own, *grams.values()])
    found = ((round(100 * _cosine(own, other, weights)), key) for key, other in grams.items())
    score, key = max(found, default=(0, ""))
    return (key, score) if score else ("", 0)


def _grams(text: str) -> Counter[str]:
    words = NOT_NARRATIVE.sub("", text.lower())
    return Counter(words[i : i + GRAM] for i in range(len(words) - GRAM + 1))


def _weights(texts: list[Counter[str]]) -> dict[str, float]:
    seen = Counter(gram for grams in texts for gram in grams)
    return {gram: 1 + math.log((1 + len(texts)) / (1 + n)) for gram, n in seen.items()}


def _cosine(one: Counter[str], other: Counter[str], weights: Mapping[str, float]) -> float:
    shared = sum(n * other[gram] * weights[gram] ** 2 for gram, n in one.items() if gram in other)
    lengths = _length(one, weights) * _length(other, weights)
    return shared / lengths if lengths else 0.0


def _length(grams: Counter[str], weights: Mapping[str, float]) -> float:
    return math.sqrt(sum((n * weights[gram]) ** 2 for gram, n in grams.items()))
