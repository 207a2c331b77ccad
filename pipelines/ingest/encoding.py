"""Which encoding a text file is in, found from its bytes in chunks."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.refusal import FileRefused

CHUNK_BYTES = 4 * 1024**2
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UNDEFINED_IN_WINDOWS_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True)
class TextFacts:
    """`encoding` is a Python codec; `blank_lines`: an empty line stands between others; `plain_lines`: they end in LF."""

    encoding: str
    blank_lines: bool
    plain_lines: bool


def text_facts(path: Path, name: str) -> TextFacts:
    """Read the bytes once. Raises FileRefused where they are no text, or text of two encodings."""
    with path.open("rb") as handle:
        start = handle.read(4096)
    marked = next((encoding for mark, encoding in MARKS if start.startswith(mark)), None)
    if marked == "utf-16":
        return TextFacts("utf-16", blank_lines=True, plain_lines=False)
    if b"\0" in start:
        return TextFacts(_unmarked_utf16(start, name), blank_lines=True, plain_lines=False)
    return _bytes_facts(path, name, marked or "utf-8")


def _unmarked_utf16(start: bytes, name: str) -> str:
    even, odd = start[0::2].count(0), start[1::2].count(0)
    pairs = len(start) // 2
    if odd > 0.4 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    raise FileRefused("unreadable", f"{name} is not text. Save it as 'CSV UTF-8' and send it again.")


def _bytes_facts(path: Path, name: str, encoding: str) -> TextFacts:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, windows = True, True
    wide_letters, line_feed = False, False
    blank_lines = _starts_blank(path, len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
    end = b""
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK_BYTES):
            if b"\0" in chunk:
                raise FileRefused("unreadable", f"{name} is not text. Save it as 'CSV UTF-8' and send it again.")
            joined = end + chunk
            blank_lines = blank_lines or _has_blank_line(joined)
            line_feed = line_feed or b"\n" in chunk
            end = joined[-4:]
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            windows = windows and not any(byte in chunk for byte in UNDEFINED_IN_WINDOWS_1252)
            if is_utf8:
                try:
                    wide_letters = len(decoder.decode(chunk)) < len(chunk) or wide_letters
                except UnicodeDecodeError:
                    is_utf8 = False
                    wide_letters = wide_letters or not chunk.decode("utf-8", "ignore").isascii()
    if is_utf8 and not decoder.getstate()[0]:
        return TextFacts(encoding, blank_lines, line_feed)
    if wide_letters or encoding != "utf-8" or not windows:
        raise _mixed(path, name)
    return TextFacts("windows-1252", blank_lines, line_feed)


def _starts_blank(path: Path, skip: int) -> bool:
    with path.open("rb") as handle:
        return handle.read(skip + 1)[skip:] in (b"\n", b"\r")


def _has_blank_line(chunk: bytes) -> bool:
    # Line ends at the end of the file are no blank line: those of this chunk are looked at with the next one.
    chunk = chunk.rstrip(b"\r\n")
    return b"\n\n" in chunk or b"\n\r\n" in chunk


def _mixed(path: Path, name: str) -> FileRefused:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, chunk = 1, b""
    with path.open("rb") as handle:
        try:
            while chunk := handle.read(CHUNK_BYTES):
                decoder.decode(chunk)
                line += chunk.count(b"\n")
        except UnicodeDecodeError as error:
            line += chunk.count(b"\n", 0, error.start)
    return FileRefused(
        "encoding",
        f"{name}: line {line} is not UTF-8, and the file as a whole is not Windows-1252. Save it as 'CSV UTF-8' and send"
        " it again.",
    )
