"""XML of a national return as rows of its modules: streaming, and hardened.

No DTD, no entities, nothing from the network; depth, length of a text and of a tag are limited while the bytes come in, so
that memory is bounded by one person's record. Letter case and namespace prefixes of tags do not matter.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from pipelines.ingest.headers import plain
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.returns import NationalReturn
from pipelines.ingest.rows import too_slow
from pipelines.settings import Settings

CHUNK_BYTES = 64 * 1024
LOOK_BYTES = 512 * 1024
TAGS_REMEMBERED = 1_000
Emit = Callable[[str, int, Mapping[str, str]], None]


@dataclass
class _Record:
    """A module's record that is being read, and the elements open inside it."""

    module: str
    number: int
    depth: int
    values: dict[str, str] = field(default_factory=dict[str, str])


class _Limited(ContentHandler):
    """Counts depth and length; subclasses say what to do with a text."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__()
        self.name, self.settings = name, settings
        self.depth = self.characters_seen = self.events = 0
        self.texts: list[str] = []
        self.is_leaf = False
        self._tags: dict[str, str] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self.events += 1
        self.depth += 1
        if self.depth > self.settings.max_xml_depth:
            raise FileRefused(
                "xml_too_deep",
                f"{self.name} is nested over {self.settings.max_xml_depth} levels deep. Export it again"
                " (SENDSET_MAX_XML_DEPTH).",
            )
        self.texts, self.characters_seen, self.is_leaf = [], 0, True
        self.opened(self._tag(name))

    def characters(self, content: str) -> None:
        self.events += 1
        self.characters_seen += len(content)
        if self.characters_seen > self.settings.max_cell_characters:
            raise _too_long(self.name, self.settings)
        if self.is_leaf:
            self.texts.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.events += 1
        text = "".join(self.texts).strip() if self.is_leaf else ""
        self.closed(self._tag(name), text, self.is_leaf)
        self.depth -= 1
        self.texts, self.characters_seen, self.is_leaf = [], 0, False

    def _tag(self, name: str) -> str:
        """A tag without prefix and in lower case. A return has few tags; a file of ever new ones is not remembered."""
        found = self._tags.get(name)
        if found is None:
            found = plain(name.rpartition(":")[2])
            if len(self._tags) < TAGS_REMEMBERED:
                self._tags[name] = found
        return found

    def opened(self, tag: str) -> None:
        """An element begins."""

    def closed(self, tag: str, text: str, is_leaf: bool) -> None:
        """An element ends."""


class _Look(_Limited):
    """What kind of XML it is: the tags near its start, the collection that it states."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, settings)
        self.tags: set[str] = set()
        self.collection = self.reference_date = ""

    def opened(self, tag: str) -> None:
        self.tags.add(tag)

    def closed(self, tag: str, text: str, is_leaf: bool) -> None:
        if tag == "collection":
            self.collection = plain(text)
        elif tag == "referencedate":
            self.reference_date = text


class _Modules(_Limited):
    """Turns elements into records of modules; `emit` gets each when it ends."""

    def __init__(self, national: NationalReturn, emit: Emit, name: str, settings: Settings) -> None:
        super().__init__(name, settings)
        self.national, self.emit = national, emit
        self.open: list[_Record] = []
        self.numbers = dict.fromkeys(national.modules, 0)
        self.known = {module: definition.known() for module, definition in national.modules.items()}
        self.by_tag: dict[str, list[str]] = {}
        for module, definition in national.modules.items():
            for element in definition.elements:
                self.by_tag.setdefault(plain(element), []).append(module)

    def opened(self, tag: str) -> None:
        modules = self.by_tag.get(tag)
        if not modules:
            return
        inside = {record.module: record for record in self.open}
        for module in modules:
            parent = self.national.modules[module].parent
            if module not in inside and (parent is None or parent in inside):
                self.numbers[module] += 1
                record = _Record(module, self.numbers[module], self.depth)
                record.values[f"{module}tableid"] = str(record.number)
                for above, outer in inside.items():
                    record.values[f"{above}tableid"] = str(outer.number)
                self.open.append(record)
                return

    def closed(self, tag: str, text: str, is_leaf: bool) -> None:
        if self.open and self.open[-1].depth == self.depth:
            record = self.open.pop()
            self.emit(record.module, record.number, record.values)
        elif self.open and is_leaf and text:
            record = self.open[-1]
            column = self.known[record.module].get(tag)
            if column is not None:
                record.values[_free(column, record.values)] = text


def _free(column: str, values: Mapping[str, str]) -> str:
    """A tag that comes again fills the next of numbered columns: reason1, reason2, reason3."""
    while column in values and column[-1].isdigit():
        column = f"{column[:-1]}{int(column[-1]) + 1}"
    return column


def find_return(
    path: Path, name: str, returns: tuple[NationalReturn, ...], settings: Settings
) -> NationalReturn | None:
    """The return that an XML file is, from its first bytes; None if it is none that is known. Raises FileRefused."""
    look = _Look(name, settings)
    _parse(path, look, name, settings, LOOK_BYTES)
    for national in returns:
        if look.collection in {plain(collection) for collection in national.collections}:
            return national
    for national in returns:
        if look.tags & {plain(element) for element in national.modules[national.counted].elements}:
            return national
    return None


def stated_month(path: Path, name: str, settings: Settings) -> int | None:
    """The month of the reference date that is stated near the start; None where there is none. Raises FileRefused."""
    look = _Look(name, settings)
    _parse(path, look, name, settings, LOOK_BYTES)
    found = re.fullmatch(r"\d{4}-(\d{2})-\d{2}.*", look.reference_date)
    return int(found[1]) if found else None


def read_modules(path: Path, name: str, national: NationalReturn, emit: Emit, settings: Settings) -> None:
    """Give every record of every module to `emit`, as the file is read. Raises FileRefused."""
    _parse(path, _Modules(national, emit, name, settings), name, settings, None)


def _parse(path: Path, handler: _Limited, name: str, settings: Settings, most: int | None) -> None:
    if path.stat().st_size == 0:
        raise FileRefused("empty", f"{name} is empty (0 bytes). Export it again.")
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(handler)
    deadline = time.monotonic() + settings.max_seconds_per_file
    with _refusals(name), path.open("rb") as handle:
        events, silent, total = 0, 0, 0
        while chunk := handle.read(CHUNK_BYTES):
            parser.feed(chunk)
            total += len(chunk)
            silent = silent + len(chunk) if handler.events == events else 0
            events = handler.events
            if silent > 4 * settings.max_cell_characters + CHUNK_BYTES:
                # One tag or attribute that does not end: it would be kept in memory until it does.
                raise _too_long(name, settings)
            if time.monotonic() > deadline:
                raise too_slow(name, settings)
            if most is not None and total >= most:
                return
        parser.close()


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    try:
        yield
    except DefusedXmlException:
        raise FileRefused(
            "xml_unsafe", f"{name} has a document type or entities, which a return has not. Export it again."
        ) from None
    except SAXParseException as error:
        raise FileRefused(
            "unreadable", f"{name} is not well-formed XML: it breaks in line {error.getLineNumber()}. Export it again."
        ) from None
    except (LookupError, ValueError):
        raise FileRefused(
            "encoding", f"{name} says that it is in an encoding that is not known. Export it as UTF-8."
        ) from None


def _too_long(name: str, settings: Settings) -> FileRefused:
    return FileRefused(
        "cell_too_long",
        f"{name} has a text or tag of over {settings.max_cell_characters:,} characters. Shorten it, or raise the limit"
        " (SENDSET_MAX_CELL_CHARACTERS).",
    )
