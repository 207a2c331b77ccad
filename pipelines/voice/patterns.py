"""What can be known by its form: numbers with check digits and their look-alikes, telephone, e-mail, address, date, age.

Sources: UPN guide (DfE) for the check letter; NHS data dictionary for the NHS number; ULN guide (LRS) for the learner number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_CHECK_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMBER_WORD: Final = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty)"
)
_STREET: Final = (
    r"(?:Road|Street|Avenue|Lane|Close|Drive|Way|Crescent|Court|Gardens|Terrace|Grove|Rise|Mews|Rd|St|Ave|Cl)"
)
_AT: Final = r"(?:\(at\)|\[at\]|\bat\b)"
_DOT: Final = r"(?:\(dot\)|\[dot\]|\bdot\b)"
_CAPITALISED: Final = r"[A-Z][\w'’-]*"
_INSTITUTION: Final = r"(?:School|Academy|College|Nursery|Pre-?school|Primary|Infants?|Juniors?)"
_OTHER_PLACE: Final = r"(?:Hospital|Surgery|Clinic|Medical Centre|Children['’]?s Centre|Hospice|Church|Scouts|Brownies)"


@dataclass(frozen=True)
class Form:
    """A kind of identifier: what finds it, what stands in its place, and of what kind a find is."""

    kind: str
    finds: re.Pattern[str]
    stands_for: str
    kind_of: Callable[[str], str] | None = None


def upn_is_valid(text: str) -> bool:
    """Letter, 12 digits (the last may be a letter in a temporary one), and the check letter is right."""
    if not re.fullmatch(r"[A-Z]\d{11}[\dA-Z]", text):
        return False
    last = int(text[12]) if text[12].isdigit() else _CHECK_LETTERS.find(text[12])
    total = sum(place * int(digit) for place, digit in enumerate(text[1:12], start=2)) + 13 * last
    return last >= 0 and _CHECK_LETTERS[total % 23] == text[0]


def nhs_number_is_valid(digits: str) -> bool:
    """Ten digits with the right last one (modulo 11)."""
    if not re.fullmatch(r"\d{10}", digits):
        return False
    check = (11 - sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11) % 11
    return check == int(digits[9])


def uln_is_valid(digits: str) -> bool:
    """Ten digits with the right last one (10 less the weighted sum modulo 11)."""
    if not re.fullmatch(r"[1-9]\d{9}", digits):
        return False
    remainder = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return remainder != 0 and 10 - remainder == int(digits[9])


def _kind_of_number(found: str) -> str:
    text = re.sub(r"[\s().-]", "", found).upper()
    digits = text.removeprefix("+")
    if re.fullmatch(r"(?:\+?44|0044|0)\d{9,10}", text):
        return "nhs_number" if nhs_number_is_valid(digits) else "telephone"
    if upn_is_valid(text):
        return "upn"
    if nhs_number_is_valid(digits):
        return "nhs_number"
    return "uln" if uln_is_valid(digits) else "number"


def _form(
    kind: str, finds: str, stands_for: str, flags: int = re.IGNORECASE, kind_of: Callable[[str], str] | None = None
) -> Form:
    return Form(kind, re.compile(finds, flags), stands_for, kind_of)


BY_FORM: Final = (
    _form("e_mail", r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*", "[e-mail]"),
    _form("e_mail", rf"\b[\w.+-]+\s*{_AT}\s*[\w-]+\s*{_DOT}\s*\w+(?:\s*(?:dot|\.)\s*\w+)?", "[e-mail]"),
    _form("web_address", r"(?:https?://|www\.)\S+", "[web address]"),
    _form("web_address", r"\b[\w-]+(?:\.[\w-]+)*\.(?:co\.uk|uk|com|org|net|info|me)\b(?:/\S*)?", "[web address]"),
    _form("web_address", r"(?<!\w)@\w{2,}", "[web address]"),
    _form("date", r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b", "[date]"),
    _form("date", rf"\b{_DAY}\s*[-/.]\s*(?:\d{{1,2}}|{_MONTH})\s*[-/.]\s*\d{{2,4}}\b", "[date]"),
    _form("date", rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}\b(?:,?\s+\d{{2,4}}\b)?", "[date]"),
    _form("date", rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}\b(?:,?\s+\d{{4}}\b)?|\b{_MONTH},?\s+(?:19|20)\d{{2}}\b", "[date]"),
    _form("date", r"\b\d{1,2}\s\d{1,2}\s(?:19|20)\d{2}\b", "[date]"),
    _form("age", rf"\b(?:\d{{1,2}}|{_NUMBER_WORD})[ -]?(?:years?|yrs?|months?)[ -]?olds?\b", "[age]"),
    _form("age", r"\b\d{1,2}\s?y/?o\b", "[age]"),
    _form("age", rf"\baged?\s+(?:\d{{1,2}}|{_NUMBER_WORD})\b", "[age]"),
    _form("upn", r"\b[A-Z][ -]?(?:\d[ -]?){11}[\dA-Z]\b", "[number]", kind_of=_kind_of_number),
    _form("number", r"\b[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b", "[number]"),
    _form("postcode", r"\b(?:[A-Z]{1,2}\d[A-Z\d]?|ZZ\d{2})\s?\d[A-Z]{2}\b", "[postcode]"),
    _form("number", r"(?<!\w)\+?\(?\d(?:[\s().-]{0,2}\d){4,}(?!\d)[A-Z]?", "[number]", kind_of=_kind_of_number),
    _form("number", r"\b[A-Z]{1,6}[-/]?\d{4,}\w*\b", "[number]"),
)
"""In this order: what is found is not looked at again."""

BY_CAPITALS: Final = (
    _form("address", rf"(?:\b\d+[a-z]?,?\s+)?\b(?:{_CAPITALISED}\s+){{1,3}}{_STREET}\b\.?", "[address]", 0),
    _form(
        "address", r"\b\d+[a-z]?\s+(?:[a-z'’-]+\s+){1,2}(?:road|street|avenue|lane|close|drive|crescent)\b", "[address]"
    ),
    _form("school", rf"\b(?:{_CAPITALISED}\.?\s+){{1,5}}{_INSTITUTION}\b(?:\s+(?:School|Academy))?", "[school]", 0),
    _form("place", rf"\b(?:{_CAPITALISED}\.?\s+){{1,4}}{_OTHER_PLACE}\b", "[place]", 0),
    _form("name", r"\b(?:mr|mrs|ms|dr|prof)\b\.?\s+[a-z][\w'’-]*(?:\s+(?-i:[A-Z])[\w'’-]+)?", "[name]"),
    _form(
        "name",
        rf"\b(?:Miss|Sir|Professor|Nurse|Aunt(?:ie|y)?|Uncle|Nan)\s+{_CAPITALISED}(?:\s+{_CAPITALISED})?",
        "[name]",
        0,
    ),
    _form("name", r"\b[A-Z]\.\s?[A-Z]\.(?:\s?[A-Z]\.)?", "[name]", 0),
    _form("name", rf"\b[A-Z]\.?\s(?!I\b){_CAPITALISED}[a-z]{{2,}}", "[name]", 0),
)
"""Known by a capital and what stands beside it."""

FORM_KINDS: Final = frozenset(form.kind for form in BY_FORM) - {"age"} | {"nhs_number", "uln", "telephone"}
"""Kinds that have a form: of these the scrubber must miss none."""

PLACEHOLDER: Final = re.compile(
    r"\[(?:name|school|place|address|postcode|number|date|age|e-mail|web address|removed)\]"
)
STANDS_FOR: Final[Mapping[str, str]] = {
    "school": "[school]",
    "place": "[place]",
    "name": "[name]",
    "postcode": "[postcode]",
}
