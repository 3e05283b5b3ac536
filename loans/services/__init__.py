"""Acts on loans and their facts."""

from loans.services.deliveries import receive_delivery
from loans.services.derivation import rederive

__all__ = ["receive_delivery", "rederive"]
