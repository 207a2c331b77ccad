"""How wide and high the sheets of an .xlsb are, and how full of text: a small reader of its records ([MS-XLSB])."""

from collections.abc import Iterator, Sequence

from pipelines.ingest.sheet_sizes import Check, Size


def measure_xlsb_texts(data: bytes) -> list[int]:
    """Bytes of each shared text of an .xlsb."""
    return [length for kind, _, length in binary_records(data) if kind == 19]


def measure_xlsb_sheet(data: bytes, texts: Sequence[int], check: Check) -> Size:
    """Size of one sheet of an .xlsb: type 0 starts a row with its number, 1 to 11 are cells with their column."""
    size = Size()
    for kind, at, _ in binary_records(data):
        if kind == 0:
            size.reach(0, int.from_bytes(data[at : at + 4], "little") + 1)
        elif kind <= 11:
            size.reach(int.from_bytes(data[at : at + 4], "little") + 1, 0)
            number = int.from_bytes(data[at + 8 : at + 12], "little")
            size.characters += texts[number] if kind == 7 and number < len(texts) else 0
        else:
            continue
        check(size)
    return size


def binary_records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(type, place of its bytes, how many) of each record of an .xlsb."""
    at = 0
    while at < len(data):
        kind, at = _variable_number(data, at, 2)
        length, at = _variable_number(data, at, 4)
        yield kind, at, length
        at += length


def _variable_number(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        if at >= len(data):
            return number, at
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, at
