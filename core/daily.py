"""What a step of the daily run gives back."""

from dataclasses import dataclass, field


@dataclass
class StepResult:
    """Counts by what was done (``opened``, ``closed`` ...) and remarks for the monitor page."""

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, number: int) -> None:
        """Add to a count; zeros stay out, so that the monitor shows what happened."""
        if number:
            self.counts[name] = self.counts.get(name, 0) + number
