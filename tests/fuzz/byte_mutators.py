"""Changes to a finished file: to its bytes, to the parts of a package, to the text of an XML."""

import gzip
import io
import lzma
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from tests.fuzz.corpus import CELL_MARK, FILE_MARK
from tests.fuzz.rendering import unzipped, zipped

ByteMutator = Callable[[bytes, random.Random], bytes]
TEXTS: Final = (
    CELL_MARK.encode(),
    b"&amp;" + CELL_MARK.encode(),
    b"&lt;",
    b"&#0;",
    b"&#x1F600;",
    b"&undefined;",
    b"<![CDATA[" + CELL_MARK.encode() + b"]]>",
    b"<!-- " + CELL_MARK.encode() + b" -->",
    b"<?php x ?>",
    b"31/02/2025",
    b"9999-99-99",
    b"1e999",
    b"-1",
    b"99999999999",
    b"4294967295",
    b"18446744073709551616",
    b"NaN",
    b"\xff\xfe",
    b"\0",
    b"\xed\xa0\x80",
    b"A" * 150_000,
    b"",
)
MEMBER_NAMES: Final = (
    "../../evil.csv",
    "/etc/evil.csv",
    "C:\\evil.csv",
    "..\\evil.csv",
    "a/../../b.csv",
    "con.csv",
    "nul",
    "x" * 300 + ".csv",
    "two\nlines.csv",
    "\u202ecsv.exe",
    "",
    " ",
    ".",
    ".hidden.csv",
    "~$lock.xlsx",
    "deep/" * 60 + "a.csv",
    "=cmd.csv",
    "inner.zip",
    "inner.gz",
    "a.xml",
    "a.xlsx",
    "a.csv.part",
)


def flip(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    block = rng.choice(
        [b"\0" * 16, b"\xff" * 16, rng.randbytes(16), b'"', b"\r", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a"]
    )
    return content[:at] + block + content[at + len(block) :]


def insert(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    block = rng.choice(
        [b"\0", b'"', b"\n", b"\r", b",", b"\xef\xbb\xbf", b"\xa3", b"\x81", b"\xc3", rng.randbytes(9), *TEXTS]
    )
    return content[:at] + block + content[at:]


def delete(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[at + rng.choice([1, 1, 2, 16, 200]) :]


def truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def behead(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randrange(len(content) + 1) :]


def duplicate_block(content: bytes, rng: random.Random) -> bytes:
    start, end = sorted((rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)))
    return content[:end] + content[start:end] * rng.choice([1, 1, 20]) + content[end:]


def twice(content: bytes, rng: random.Random) -> bytes:
    return content + rng.choice([b"", b"\n", b"\0"]) + content


def line_ends(content: bytes, rng: random.Random) -> bytes:
    return content.replace(b"\n", rng.choice([b"\r", b"\r\n", b"\n\n", b"\n\r", b"", b"\x0b", b"\x0c", b"\xc2\x85"]))


def mark_inside(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), rng.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]))
    return b"\n".join(lines)


def nested_quotes(content: bytes, rng: random.Random) -> bytes:
    mark = CELL_MARK.encode()
    return content.replace(
        mark, rng.choice([b'"' + mark, b'""' + mark + b'"', b'a"b"' + mark, b"'" + mark, b'"\n' + mark]), 1
    )


def xml_text(content: bytes, rng: random.Random) -> bytes:
    """Another text in one element."""
    return _replace_one(rb">([^<>]*)</", content, rng, lambda found: b">" + rng.choice(TEXTS) + b"</")


def xml_attribute(content: bytes, rng: random.Random) -> bytes:
    """Another value of one attribute."""
    return _replace_one(rb'="([^"<>]*)"', content, rng, lambda found: b'="' + rng.choice(TEXTS) + b'"')


def xml_tag(content: bytes, rng: random.Random) -> bytes:
    """One tag dropped, doubled, renamed, opened without end, or nested in itself."""

    def change(found: re.Match[bytes]) -> bytes:
        tag = found[0]
        name = found[1]
        deep = rng.choice([3, 40, 5_000])
        nested = b"<%b>" % name * deep + b"</%b>" % name * deep
        return rng.choice([b"", tag * 2, tag.replace(name, b"x:" + name, 1), tag.upper(), tag + b"<a>", nested + tag])

    return _replace_one(rb"<([A-Za-z][\w:]*)[^<>]*>", content, rng, change)


def xml_element(content: bytes, rng: random.Random) -> bytes:
    """One whole element dropped, doubled, or many times."""
    times = rng.choice([0, 2, 50])
    return _replace_one(rb"<(\w+)>(?:(?!<\1>).)*?</\1>", content, rng, lambda found: found[0] * times)


def xml_head(content: bytes, rng: random.Random) -> bytes:
    heads = [
        b'<!DOCTYPE m [<!ENTITY a "' + CELL_MARK.encode() + b'">]>',
        b'<?xml version="1.1"?>',
        b'<?xml version="1.0" encoding="utf-7"?>',
        b'<?xml version="1.0" encoding="iso-8859-1"?>',
        b'<?xml version="1.0" encoding="nonsense"?>',
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b" \n",
        CELL_MARK.encode(),
    ]
    return rng.choice(heads) + content


def part_changed(content: bytes, rng: random.Random) -> bytes:
    """One part of a package changed by another mutator, and zipped again as if nothing had happened."""
    members = _members(content)
    if not members:
        return flip(content, rng)
    at = rng.randrange(len(members))
    name, part = members[at]
    members[at] = (name, rng.choice([*XML_MUTATORS, *PLAIN_MUTATORS])(part, rng))
    return zipped(members)


def parts_mixed(content: bytes, rng: random.Random) -> bytes:
    """Parts dropped, doubled, swapped, renamed, or added."""
    members = _members(content)
    if not members:
        return truncate(content, rng)
    one, other = rng.randrange(len(members)), rng.randrange(len(members))
    (name, part), (_, other_part) = members[one], members[other]
    bomb = rng.choice([zipped([("inner.csv", b"a,b\n")]), gzip.compress(b"a,b\n", mtime=0), b"\0" * 3_000_000])
    choice = rng.randrange(6)
    if choice == 0:
        del members[one]
    elif choice == 1:
        members.append((name, part))
    elif choice == 2:
        members[one] = (name, other_part)
    elif choice == 3:
        members[one] = (rng.choice(MEMBER_NAMES) or "x", part)
    elif choice == 4:
        members.insert(one, (rng.choice(MEMBER_NAMES) or "x", bomb))
    else:
        members += [(f"{FILE_MARK}{n}.csv", part) for n in range(rng.choice([3, 101]))]
    return zipped(members, rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))


def zip_flags(content: bytes, rng: random.Random) -> bytes:
    """The directory of a zip says that a member has a password, another method, size, place or sum."""
    at = content.rfind(b"PK\1\2")
    if at < 0:
        return flip(content, rng)
    changed = bytearray(content)
    place = at + rng.choice([6, 8, 9, 10, 16, 20, 24, 27, 28, 30, 42, 45])
    if place < len(changed):
        changed[place] = rng.choice([0, 1, 8, 12, 14, 99, 255])
    return bytes(changed)


def gz_changed(content: bytes, rng: random.Random) -> bytes:
    """What a .gz holds, changed; or several members, or something behind the end."""
    try:
        inside = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return flip(content, rng)
    changed = gzip.compress(rng.choice(PLAIN_MUTATORS)(inside, rng), mtime=0)
    return rng.choice([changed, changed + content, content + b"\0\0", content + b"rest", content[:-4], content[:-8]])


PLAIN_MUTATORS: Final[tuple[ByteMutator, ...]] = (
    flip,
    overwrite,
    insert,
    delete,
    truncate,
    behead,
    duplicate_block,
    twice,
    line_ends,
    mark_inside,
    nested_quotes,
)
XML_MUTATORS: Final[tuple[ByteMutator, ...]] = (xml_text, xml_attribute, xml_tag, xml_element, xml_head)
PACKAGE_MUTATORS: Final[tuple[ByteMutator, ...]] = (part_changed, part_changed, part_changed, parts_mixed, zip_flags)


def mutators_of(suffix: str) -> Sequence[ByteMutator]:
    """The changes that make sense for a kind of file; plain ones make sense for all, but are seldom got past a checksum."""
    if suffix in (".xlsx", ".ods", ".xlsb", ".zip"):
        return (*PACKAGE_MUTATORS, *PACKAGE_MUTATORS, flip, truncate, duplicate_block)
    if suffix == ".csv.gz":
        return (gz_changed, gz_changed, gz_changed, flip, truncate)
    if suffix == ".xml":
        return (*XML_MUTATORS, *XML_MUTATORS, *XML_MUTATORS, *PLAIN_MUTATORS)
    return PLAIN_MUTATORS


def _members(content: bytes) -> list[tuple[str, bytes]]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return []
    try:
        return unzipped(content)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError):
        return []


def _replace_one(
    pattern: bytes, content: bytes, rng: random.Random, change: Callable[[re.Match[bytes]], bytes]
) -> bytes:
    found = [match for match, _ in zip(re.finditer(pattern, content, re.DOTALL), range(3_000), strict=False)]
    if not found:
        return content
    match = rng.choice(found)
    return content[: match.start()] + change(match) + content[match.end() :]
