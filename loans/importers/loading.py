"""From records to a staged table: cells are checked column by column; bad rows are staged and flagged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.staging import Staging
from loans.importers.cells import Fault, faults
from loans.importers.columns import Column, FileSpec, Kind
from loans.importers.errors import refuse_all
from loans.importers.reading import Chunk, Table
from loans.importers.rejects import Reject, Rejects
from loans.rules import is_credit_code, is_id_no, is_resident_id

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass
class Staged:
    """A file in its temporary table: which of the contract's columns it had, and how many rows."""

    spec: FileSpec
    columns: list[str]
    unknown: list[str] = field(default_factory=list)
    read: int = 0

    def has(self, *columns: str) -> bool:
        return set(columns) <= set(self.columns)


def stage(area: Staging, rejects: Rejects, spec: FileSpec, table: Table) -> Iterator[Staged]:
    """Load a file piece by piece; yields after each, the last time complete."""
    staged = Staged(
        spec,
        [name for name in table.header if name in spec.columns],
        [name for name in table.header if name not in spec.columns],
    )
    refuse_all("bad_header", _header_problems(staged, table.header))
    places = [table.header.index(name) for name in staged.columns]
    _create(area, staged)
    for chunk in table.chunks:
        if len(chunk):
            _load_chunk(area, rejects, staged, chunk, places)
        yield staged
    area.prepare(spec.stage, ", ".join(spec.key))
    yield staged


def _header_problems(staged: Staged, header: list[str]) -> Iterator[str]:
    """Why a header row cannot be understood."""
    name = staged.spec.name
    if missing := [column for column in staged.spec.key if not staged.has(column)]:
        yield _("%(file)s, line 1: mandatory columns are missing: %(columns)s.") % {
            "file": name,
            "columns": ", ".join(missing),
        }
    elif twice := sorted({column for column in header if column and header.count(column) > 1}):
        yield _("%(file)s, line 1: columns come twice: %(columns)s.") % {
            "file": name,
            "columns": ", ".join(twice)[:200],
        }


def _create(area: Staging, staged: Staged) -> None:
    types = {name: _type(area, staged.spec.columns[name]) for name in staged.columns}
    area.create(staged.spec.stage, {"line": area.line_type, "bad": "bool DEFAULT FALSE", **types})


def _type(area: Staging, column: Column) -> str:
    return "text" if column.kind is Kind.CODES else area.type_of(column.value_field)


def _load_chunk(area: Staging, rejects: Rejects, staged: Staged, chunk: Chunk, places: list[int]) -> None:
    import numpy as np

    spec = staged.spec
    bad = np.zeros(len(chunk), dtype=bool)
    found: list[Reject] = list(_misshapen(spec, chunk, bad))
    columns = [
        _Checked.of(spec.columns[name], chunk.columns[place])
        for name, place in zip(staged.columns, places, strict=True)
    ]
    for column in columns:
        found += column.rejected(spec, chunk, bad)
    found += _check_id_numbers(staged, chunk, places, bad)
    rejects.add(found)
    staged.read += len(chunk)
    if found or staged.unknown or not _copied(area, staged, chunk):
        own = [area.encode(chunk.lines.tolist()), area.encode(bad.tolist())]
        area.load_encoded(spec.stage, [*own, *(column.encoded(area) for column in columns)])


def _copied(area: Staging, staged: Staged, chunk: Chunk) -> bool:
    """Whether the piece, in which every cell is good, went to the database as it stands."""
    if chunk.text is None:
        return False
    return area.load_text(staged.spec.stage, staged.columns, chunk.text, int(chunk.lines[0]))


def _misshapen(spec: FileSpec, chunk: Chunk, bad: "Array") -> Iterator[Reject]:
    """Rows with more or fewer cells than the header: which value belongs where is not guessed."""
    for position, row in chunk.misshapen.items():
        bad[position] = True
        detail = ngettext("%(n)s cell", "%(n)s cells", len(row)) % {"n": len(row)}
        yield Reject(spec.name, int(chunk.lines[position]), "", ",".join(row), "cell_count", detail)


@dataclass(frozen=True)
class _Checked:
    """One column of a piece: its distinct values, which of them are faulty, and which one each row has."""

    name: str
    texts: list[str]
    faults: dict[int, Fault]
    codes: "Array"

    @classmethod
    def of(cls, column: Column, cells: "Array") -> "_Checked":
        import pandas as pd

        codes, distinct = pd.factorize(cells)
        texts = distinct.tolist()
        return cls(column.name, texts, faults(column, texts), codes)

    def encoded(self, area: Staging) -> list[Any]:
        """The cells as they are staged; faulty and empty ones are null."""
        import numpy as np

        good = [None if not text or i in self.faults else text for i, text in enumerate(self.texts)]
        return np.array(area.encode(good), dtype=object)[self.codes].tolist()

    def rejected(self, spec: FileSpec, chunk: Chunk, bad: "Array") -> Iterator[Reject]:
        """A reject for every faulty cell; marks the bad rows."""
        import numpy as np

        if not self.faults:
            return
        where = np.isin(self.codes, list(self.faults))
        where[list(chunk.misshapen)] = False
        bad |= where
        for i in np.flatnonzero(where).tolist():
            code = self.codes[i]
            yield _reject(spec, self.name, chunk, i, self.texts[code], self.faults[code])


def _reject(spec: FileSpec, name: str, chunk: Chunk, position: int, value: str, fault: Fault) -> Reject:
    return Reject(spec.name, int(chunk.lines[position]), name, value, fault.code, fault.detail)


def _check_id_numbers(staged: Staged, chunk: Chunk, places: list[int], bad: "Array") -> Iterator[Reject]:
    """Check digits of the filled credit codes and ID numbers."""
    if not staged.has("id_no"):
        return
    numbers = chunk.columns[places[staged.columns.index("id_no")]]
    types = [""] * len(chunk)
    if staged.has("borrower_type"):
        types = chunk.columns[places[staged.columns.index("borrower_type")]].tolist()
    for position, (number, borrower_type) in enumerate(zip(numbers.tolist(), types, strict=True)):
        if number and position not in chunk.misshapen and not _is_sound(number, borrower_type):
            bad[position] = True
            yield _reject(staged.spec, "id_no", chunk, position, number, Fault("bad_id_no"))


def _is_sound(number: str, borrower_type: str) -> bool:
    if borrower_type in {"corporate", "personal"}:
        return is_id_no(number, borrower_type)
    return is_credit_code(number) or is_resident_id(number)
