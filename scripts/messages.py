"""Keeps the message catalogue complete without GNU gettext: extract, merge, check, compile.

    python scripts/messages.py update           # add new texts, compile, list what is untranslated
    python scripts/messages.py update --prune   # and drop texts that the code no longer has
    python scripts/messages.py merge FILE.po …  # take translations from other .po files
    python scripts/messages.py check            # exit 1 unless complete and compiled
    python scripts/messages.py compile          # .po -> .mo

Message ids are English, so English needs no catalogue; Chinese is locale/zh_Hans. The compiled
.mo is committed, because a bare machine has no msgfmt.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import io
import re
import struct
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
HEADER = (
    "Project-Id-Version: PostLoan\n"
    "Language: zh_Hans\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
# Function -> meaning of its leading string arguments.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "_": ("id",),
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}")
STRING = r"""(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(\w*gettext|_)\(\s*({STRING}(?:\s*,\s*{STRING})*)")

Key = tuple[str | None, str]


@dataclass
class Message:
    """One entry of a catalogue; ``translations`` has one string, or one per plural form."""

    id: str
    context: str | None = None
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    fuzzy: bool = False

    @property
    def key(self) -> Key:
        """What makes a message the same message."""
        return (self.context, self.id)

    @property
    def complete(self) -> bool:
        """Translated in every form, by a person who was sure."""
        return bool(self.translations) and all(self.translations) and not self.fuzzy


Catalogue = dict[Key, Message]


# --- what the code says ------------------------------------------------------------------------
def packages() -> list[str]:
    """Return the first-party packages as pyproject.toml lists them."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names: list[str] = config["tool"]["importlinter"]["root_packages"]
    return names


def message(function: str, strings: Iterable[str]) -> Message:
    """Build a message from a translating function and its leading strings."""
    parts = dict(zip(FUNCTIONS[function], strings, strict=False))
    return Message(id=parts["id"], context=parts.get("context"), plural=parts.get("plural"))


def leading_strings(call: ast.Call, count: int) -> list[str]:
    """Return up to ``count`` literal strings from the front of a call's arguments."""
    found = []
    for argument in call.args[:count]:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            break
        found.append(argument.value)
    return found


def python_messages(source: str) -> Iterator[Message]:
    """Yield the messages of a Python file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in FUNCTIONS:
            continue
        strings = leading_strings(node, len(FUNCTIONS[name]))
        if len(strings) == len(FUNCTIONS[name]) and any(strings):
            yield message(name, strings)


def template_messages(source: str) -> Iterator[Message]:
    """Yield the messages of a Django template, read by Django's own extractor."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - compile needs no Django

    for function, arguments in TEMPLATE_CALL.findall(templatize(source)):
        if function in FUNCTIONS:
            yield message(function, (ast.literal_eval(text) for text in re.findall(STRING, arguments)))


def sources() -> Iterator[tuple[Path, Iterator[Message]]]:
    """Yield every file that can hold a text for people, with its messages."""
    for package in packages():
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, python_messages(path.read_text(encoding="utf-8"))
    for folder in ("templates", *packages()):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".html", ".txt"} and "templates" in path.relative_to(ROOT).parts:
                yield path, template_messages(path.read_text(encoding="utf-8"))


def extract() -> Catalogue:
    """Return every message of the code with the files it stands in."""
    catalogue: Catalogue = {}
    for path, messages in sources():
        for found in messages:
            entry = catalogue.setdefault(found.key, found)
            entry.plural = entry.plural or found.plural
            entry.places.add(path.relative_to(ROOT).as_posix())
    return catalogue


# --- .po and .mo ---------------------------------------------------------------------------------
def unquote(text: str) -> str:
    """Read one quoted line of a .po file."""
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[1]), text.strip()[1:-1])


def quote(text: str) -> str:
    """Write a string as .po lines; a text of several lines starts with an empty one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\r", "\\r")
    lines = [line.replace("\n", "\\n") for line in escaped.splitlines(keepends=True)]
    if len(lines) < 2:
        return f'"{"".join(lines)}"'
    return '""\n' + "\n".join(f'"{line}"' for line in lines)


def parse_entry(block: str) -> Message | None:
    """Read one block of a .po file; obsolete (``#~``) blocks and mere comments give None."""
    values: dict[str, str] = {}
    places: set[str] = set()
    fuzzy = False
    current = ""
    for line in block.splitlines():
        if line.startswith("#:"):
            places.update(line[2:].split())
        elif line.startswith("#,"):
            fuzzy = fuzzy or "fuzzy" in line
        elif line.startswith('"'):
            values[current] += unquote(line)
        elif not line.startswith("#"):
            current, _, text = line.partition(" ")
            values[current] = unquote(text)
    if "msgid" not in values:
        return None
    return Message(
        id=values["msgid"],
        context=values.get("msgctxt"),
        plural=values.get("msgid_plural"),
        translations=[text for name, text in values.items() if name.startswith("msgstr")],
        places=places,
        fuzzy=fuzzy,
    )


def parse(text: str) -> Catalogue:
    """Read a .po file without its header."""
    # Pairs written by hand need no blank line between them.
    spaced = re.sub(r'(?m)^(msgstr.*(?:\n".*)*)\n(?=#|msgctxt|msgid )', r"\1\n\n", text)
    entries = map(parse_entry, re.split(r"\n\s*\n", spaced))
    return {entry.key: entry for entry in entries if entry is not None and entry.id}


def entry_text(entry: Message) -> str:
    """Write one entry."""
    lines = [f"#: {place}" for place in sorted(entry.places)]
    flags = [*(["fuzzy"] if entry.fuzzy else []), *(["python-format"] if "%(" in entry.id else [])]
    if flags:
        lines.append("#, " + ", ".join(flags))
    if entry.context is not None:
        lines.append(f"msgctxt {quote(entry.context)}")
    lines.append(f"msgid {quote(entry.id)}")
    if entry.plural is None:
        return "\n".join([*lines, f"msgstr {quote((entry.translations or [''])[0])}"])
    lines.append(f"msgid_plural {quote(entry.plural)}")
    return "\n".join([*lines, f"msgstr[0] {quote((entry.translations or [''])[0])}"])


def in_order(catalogue: Catalogue) -> list[Message]:
    """Sort by text, so that two people's additions rarely meet on one line."""
    return sorted(catalogue.values(), key=lambda entry: (entry.id, entry.context or ""))


def write(catalogue: Catalogue) -> str:
    """Return a whole .po file."""
    head = f"msgid {quote('')}\nmsgstr {quote(HEADER)}"
    return "\n\n".join([head, *map(entry_text, in_order(catalogue))]) + "\n"


def compile_catalogue(catalogue: Catalogue) -> bytes:
    """Return the binary form (GNU .mo, little endian, no hash table)."""
    pairs = {"": HEADER}
    for entry in catalogue.values():
        if entry.complete:
            key = entry.id if entry.context is None else f"{entry.context}\4{entry.id}"
            pairs[key if entry.plural is None else f"{key}\0{entry.plural}"] = "\0".join(entry.translations)
    rows = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    start = 7 * 4 + 16 * len(rows)
    tables: list[list[int]] = [[], []]
    body = b""
    for column in (0, 1):
        for row in rows:
            tables[column] += [len(row[column]), start + len(body)]
            body += row[column] + b"\0"
    numbers = [0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, start, *tables[0], *tables[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + body


def loaded(data: bytes) -> dict[object, str]:
    """Return what gettext reads from a .mo file, whoever compiled it."""
    translations: dict[object, str] = gettext.GNUTranslations(io.BytesIO(data))._catalog  # type: ignore[attr-defined]
    translations.pop("", None)
    return translations


# --- commands ------------------------------------------------------------------------------------
def read_catalogue() -> Catalogue:
    """Read the committed catalogue; none yet counts as an empty one."""
    return parse(CATALOGUE.read_text(encoding="utf-8")) if CATALOGUE.exists() else {}


def save(catalogue: Catalogue) -> None:
    """Write the catalogue and its compiled form."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(write(catalogue), encoding="utf-8")
    CATALOGUE.with_suffix(".mo").write_bytes(compile_catalogue(catalogue))


def updated(committed: Catalogue, wanted: Catalogue, *, prune: bool) -> Catalogue:
    """Join the code's messages with the translations there are."""
    result = {} if prune else dict(committed)
    for key, found in wanted.items():
        known = committed.get(key)
        found.translations, found.fuzzy = (known.translations, known.fuzzy) if known else ([], False)
        result[key] = found
    return result


def merge(catalogue: Catalogue, others: Iterable[Path]) -> list[str]:
    """Fill gaps from other files; return what they translate differently (the first one stays)."""
    conflicts = []
    for path in others:
        for key, entry in parse(path.read_text(encoding="utf-8")).items():
            known = catalogue.setdefault(key, entry)
            if not known.complete:
                known.translations, known.fuzzy = entry.translations, entry.fuzzy
            elif entry.complete and known.translations != entry.translations:
                conflicts.append(
                    f"{entry.id!r}: {known.translations} stays, {path.name} has {entry.translations}"
                )
    return conflicts


def placeholder_problem(entry: Message) -> str | None:
    """Compare the values that a text and its translation put in."""
    wanted = {*PLACEHOLDER.findall(entry.id), *PLACEHOLDER.findall(entry.plural or "")}
    got = {name for text in entry.translations for name in PLACEHOLDER.findall(text)}
    # Chinese has one form: it has to show whatever either of the two English ones shows.
    if wanted == got:
        return None
    return f"placeholders differ: {entry.id!r} has {sorted(wanted)}, the translation {sorted(got)}"


def problems() -> list[str]:
    """Say everything that keeps the catalogue from being complete, true and compiled."""
    committed = read_catalogue()
    found = [
        f"not translated: {entry.id!r} ({', '.join(sorted(entry.places))})"
        for key, entry in extract().items()
        if key not in committed or not committed[key].complete
    ]
    found += [f"fuzzy: {entry.id!r}" for entry in committed.values() if entry.fuzzy]
    found += filter(None, (placeholder_problem(entry) for entry in committed.values() if entry.complete))
    compiled = CATALOGUE.with_suffix(".mo")
    if committed and not compiled.exists():
        found.append("there is no django.mo: run make messages")
    elif committed and loaded(compiled.read_bytes()) != loaded(compile_catalogue(committed)):
        found.append("django.mo is not what django.po says: run make messages")
    return found


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("action", choices=["update", "merge", "check", "compile"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--prune", action="store_true", help="drop texts that the code no longer has")
    return parser.parse_args()


def main() -> int:
    """Run the chosen action; exit 1 when the catalogue is not complete afterwards."""
    options = parse_arguments()
    catalogue = read_catalogue()
    if options.action == "merge":
        for conflict in merge(catalogue, options.files):
            print(f"messages: {conflict}")
    if options.action in {"update", "merge"}:
        catalogue = updated(catalogue, extract(), prune=options.prune)
    if options.action != "check":
        save(catalogue)
    if options.action == "compile":
        return 0
    found = problems()
    for problem in found:
        print(f"messages: {problem}", file=sys.stderr)
    print(f"messages: {len(catalogue)} texts, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
