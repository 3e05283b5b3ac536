"""The book by the API: the customers and loans, what secures them, the deliveries that bring them."""

from loans.api.deliveries import DeliveriesView, DeliveryResource
from loans.api.portfolio import (
    BorrowerResource,
    GroupResource,
    InstalmentResource,
    LoanResource,
    RepaymentResource,
)
from loans.api.security import (
    ClassificationResource,
    CollateralResource,
    GuaranteeResource,
    RegimeResource,
)

__all__ = ["RESOURCES", "DeliveriesView", "DeliveryResource"]

RESOURCES = (
    BorrowerResource(),
    GroupResource(),
    LoanResource(),
    InstalmentResource(),
    RepaymentResource(),
    GuaranteeResource(),
    CollateralResource(),
    ClassificationResource(),
    RegimeResource(),
)
