"""What a file of a delivery may hold: columns that follow from the fields of the models they fill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models

from loans.models import Borrower, BorrowerGroup, Collateral, Loan
from org.models import Branch, User

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field
Model = type[models.Model]

# By which number the files refer to a row.
NATURAL_KEYS: dict[Model, str] = {
    Branch: "branch_no",
    User: "employee_no",
    BorrowerGroup: "group_no",
    Borrower: "borrower_no",
    Loan: "loan_no",
    Collateral: "collateral_no",
}


class Kind(Enum):
    """How a cell is read."""

    NUMBER_OF = "number_of"  # an identifier: no semicolon, no control character, no space at the ends
    TEXT = "text"
    CODE = "code"
    CODES = "codes"  # several codes, joined by semicolons
    DATE = "date"
    DECIMAL = "decimal"
    INTEGER = "integer"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column of a file and the model field that it fills."""

    name: str
    field: AnyField
    signed: bool = False
    several: bool = False

    @cached_property
    def refers_to(self) -> Model | None:
        """The model whose number stands in the cell."""
        return self.field.related_model if self.field.is_relation else None

    @cached_property
    def value_field(self) -> AnyField:
        """The field that says what a cell may hold."""
        if self.refers_to is None:
            return self.field
        return self.refers_to._meta.get_field(NATURAL_KEYS[self.refers_to])  # type: ignore[return-value]

    @cached_property
    def kind(self) -> Kind:
        if self.several:
            return Kind.CODES
        if self.refers_to is not None or self.name in IDENTIFIERS:
            return Kind.NUMBER_OF
        if self.field.choices:
            return Kind.CODE
        return next((kind for cls, kind in KINDS.items() if isinstance(self.field, cls)), Kind.TEXT)

    @cached_property
    def mandatory(self) -> bool:
        """Whether a row cannot do without: the field takes neither null nor a default."""
        return not self.several and not (self.field.null or self.field.has_default() or self.field.blank)

    @cached_property
    def choices(self) -> frozenset[str]:
        return frozenset(str(value) for value, _label in self.field.choices or ())


KINDS: dict[type[AnyField], Kind] = {
    models.DateField: Kind.DATE,
    models.DecimalField: Kind.DECIMAL,
    models.IntegerField: Kind.INTEGER,
    models.BooleanField: Kind.FLAG,
}
IDENTIFIERS = frozenset(
    {*NATURAL_KEYS.values(), "contract_no", "guarantor_no", "repayment_no", "flow_no", "subject_no"}
    | {"renewed_from_loan_no"}
)


@dataclass(frozen=True)
class Target:
    """A table that rows of a file end up in, and which column fills which of its fields."""

    model: Model
    key: tuple[str, ...]
    fields: Mapping[str, str]
    shared: bool = False  # several rows of the file may speak of the same record

    @cached_property
    def table(self) -> str:
        return self.model._meta.db_table

    def field_of(self, column: str) -> AnyField:
        return self.model._meta.get_field(self.fields[column])  # type: ignore[return-value]


@dataclass(frozen=True)
class FileSpec:
    """One file of the contract."""

    name: str
    targets: tuple[Target, ...]
    key: tuple[str, ...]
    signed: frozenset[str] = frozenset()
    several: Mapping[str, Model] = field(default_factory=dict)

    @cached_property
    def stem(self) -> str:
        return self.name.removesuffix(".csv")

    @cached_property
    def stage(self) -> str:
        """The temporary table that holds the file."""
        return f"stage_{self.stem}"

    @cached_property
    def model(self) -> Model:
        return self.targets[0].model

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Every column by name; of two targets the last says what a shared column holds."""
        found = {
            name: Column(name, target.field_of(name), signed=name in self.signed)
            for target in self.targets
            for name in target.fields
        }
        for name, model in self.several.items():
            found[name] = Column(name, model._meta.get_field(name), several=True)  # type: ignore[arg-type]
        return found


def target(model: Model, key: str, columns: str, *, shared: bool = False) -> Target:
    """A target from ``"column other_column=field ..."``."""
    pairs = (entry.partition("=") for entry in columns.split())
    return Target(model, tuple(key.split()), {name: to or name for name, _, to in pairs}, shared)


def spec(name: str, *targets: Target, **options: Any) -> FileSpec:
    """A file whose rows are told apart by the key of its last target."""
    return FileSpec(name, targets, targets[-1].key, **options)
