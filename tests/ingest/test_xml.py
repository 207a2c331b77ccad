"""XML is read as it streams, and what would hurt the reader is refused."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator

import pytest

from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.returns import load_returns
from pipelines.ingest.xml import read_modules
from tests.ingest.reading import Reader

HEAD = "<Message><Header><CollectionDetails><Collection>SEN2</Collection><Year>2026</Year></CollectionDetails></Header>"
PERSON = "<Person><UPN>{upn}</UPN><Requests><ReceivedDate>2025-01-06</ReceivedDate><RequestOutcome>A</RequestOutcome>"
PERSON += "</Requests></Person>"


def bombs() -> Iterator[tuple[str, str, str]]:
    laughs = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    yield "entities", f"{laughs}<Message>&b;</Message>", "xml_unsafe"
    yield "external", '<!DOCTYPE m SYSTEM "http://127.0.0.1/x.dtd"><Message/>', "xml_unsafe"
    yield "file", '<!DOCTYPE m [<!ENTITY f SYSTEM "file:///etc/hostname">]><Message>&f;</Message>', "xml_unsafe"
    yield "deep", f"{HEAD}{'<a>' * 1000}{'</a>' * 1000}</Message>", "xml_too_deep"
    yield "text", f"{HEAD}<Person><UPN>{'x' * 10_000_000}</UPN></Person></Message>", "cell_too_long"
    yield "tag", f"{HEAD}<{'x' * 10_000_000}/></Message>", "cell_too_long"
    yield "attribute", f'{HEAD}<Person a="{"x" * 10_000_000}"/></Message>', "cell_too_long"
    yield "cut", HEAD + PERSON.format(upn="A"), "unreadable"
    yield "words", "Dear colleague", "unreadable"
    yield "other", "<note><to>somebody</to></note>", "unknown_source"
    yield "empty", "", "empty"


@pytest.mark.parametrize(("content", "code"), [found[1:] for found in bombs()], ids=[found[0] for found in bombs()])
def test_xml_that_is_not_safe_or_no_return_is_refused(reader: Reader, content: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.csv(content, "return.xml")
    assert refused.value.code == code


def test_prefixes_and_letter_case_of_tags_do_not_matter(reader: Reader) -> None:
    body = (HEAD + PERSON.format(upn="A839202500001") + "</Message>").replace("<", "<s:").replace("<s:/", "</s:")
    read = reader.csv(
        body.replace("Person>", "PERSON>").replace("<s:Message>", '<s:Message xmlns:s="x">'), "return.xml"
    )
    assert read.read_as == "SEN2 2026, 1 persons"
    assert reader.figures("upn_status, request_outcome, received_date::varchar") == ("valid", "A", "2025-01-06")


def test_xml_in_utf_16_is_read(reader: Reader) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + HEAD + PERSON.format(upn="A839202500001") + "</Message>"
    path = reader.folder / "wide.xml"
    path.write_bytes(text.encode("utf-16"))
    assert reader.read(path).rows_received == 1


def test_memory_does_not_grow_with_the_number_of_persons(reader: Reader) -> None:
    people = "".join(PERSON.format(upn=f"A8392025{n:05}") for n in range(5_000))
    path = reader.folder / "large.xml"
    path.write_text(f"{HEAD}{people}</Message>", encoding="utf-8")
    (sen2,) = [national for national in load_returns() if national.id == "sen2"]
    records: Counter[str] = Counter()
    tracemalloc.start()
    read_modules(path, "large.xml", sen2, lambda module, *_: records.update([module]), reader.settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert records["requests"] == 5_000
    assert peak < 500_000 < path.stat().st_size
