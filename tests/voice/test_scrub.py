"""What the scrubber takes out of a text, what it marks, and what it leaves alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.synthetic.identifiers import ulns
from pipelines.synthetic.survey import COMMENTS
from pipelines.voice.patterns import nhs_number_is_valid, uln_is_valid, upn_is_valid
from pipelines.voice.scrub import scrub


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to Jane.Doe+send@example.org today", "write to [e-mail] today"),
        ("it is jane at example dot org", "it is [e-mail]"),
        ("see https://example.org/a?b=c or www.example.org", "see [web address] or [web address]"),
        ("ask @janedoe_send", "ask [web address]"),
        ("his UPN A839202500001 was wrong", "his UPN [number] was wrong"),
        ("his upn i839202500001 was wrong", "his upn [number] was wrong"),
        ("number 943 476 5919 or 943-476-5919", "number [number] or [number]"),
        ("number 943 476 5918, one digit off", "number [number], one digit off"),
        ("insurance QQ 12 34 56 C and case EHC12345", "insurance [number] and case [number]"),
        ("call 01202 123456 or +44 7700 900 123", "call [number] or [number]"),
        ("lives in BH12 3AB, bh123ab, BH1", "lives in [postcode], [postcode], [postcode]"),
        ("born 12/06/2014, 3rd May 2015, June 2016 or 2014-06-12", "born [date], [date], [date] or [date]"),
        ("he is 7 years old, she is aged nine", "he is [age], she is [age]"),
        ("we live at 14 High Street in Boscombe", "we live at [address] in [place]"),
        ("at Sample Nursery 01 and St Aldhelm's Primary School", "at [school] and [school]"),
        ("seen at Poole Hospital", "seen at [place]"),
        ("Mrs Patel and mr jones said no", "[name] and [name] said no"),
        ("my son jack, Oliver Tremayne and J.K. waited", "my son [name], [name] [name] and [name] waited"),
        ("Mia’s plan, Mia's school", "[name]’s plan, [name]'s school"),
        ("=cmd() is no formula", "cmd() is no formula"),
    ],
)
def test_what_tells_who_or_where_is_taken_out(text: str, left: str) -> None:
    assert scrub(text).text == left


@pytest.mark.parametrize(
    "text",
    [
        *COMMENTS,
        "The EHCP took 40 weeks, and the SENCO left in Year 6.",
        "Will they ever call? May be. We hope so, by grace.",
        "I think CAMHS and Ofsted should read this; it was bad from 2019 to 2023.",
        "We waited 18 months for an assessment, 3 times.",
        "it took seven months, and they were in no hurry to carry on with a lovely plan",
    ],
)
def test_what_says_nothing_of_anybody_stays_and_is_not_doubtful(text: str) -> None:
    found = scrub(text)
    assert (found.text, found.doubtful, found.removed) == (text, (), {})


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("Her caseworker Oluwaseun never rang", ("Oluwaseun",)),
        ("Zdzislaw never rang", ("Zdzislaw",)),
        ("we asked. Ngozi never rang", ("Ngozi",)),
        ("our son jakc waited", ("jakc",)),
        ("we told charlote and rebbecca", ("charlote", "rebbecca")),
        ("our son waited for Maths", ("waited",)),
    ],
)
def test_a_word_that_may_be_a_name_is_marked_and_stays_for_people_to_judge(
    text: str, doubtful: tuple[str, ...]
) -> None:
    found = scrub(text)
    assert (found.text, found.doubtful) == (text, doubtful)


def test_wide_digits_and_characters_that_nobody_sees_hide_nothing() -> None:
    assert (
        scrub("call ０１２０２ １２３４５６, wri\u200bte to ja\u200bne@example.org").text
        == "call [number], write to [e-mail]"
    )


def test_a_text_has_one_hash_and_another_text_another() -> None:
    assert scrub("we waited").text_hash == scrub(" we  waited ").text_hash != scrub("we waited long").text_hash
    assert len(scrub("we waited").text_hash) == 32


def test_what_was_found_is_counted_by_kind() -> None:
    found = scrub("UPN A839202500001, NHS 943 476 5919, tel 01202 123456, no 12345678").removed
    assert found == {"upn": 1, "nhs_number": 1, "telephone": 1, "number": 1}


def test_check_digits_are_those_of_the_guides() -> None:
    assert upn_is_valid("A839202500001") and not upn_is_valid("B839202500001") and not upn_is_valid("A83920250000")
    assert nhs_number_is_valid("9434765919") and not nhs_number_is_valid("9434765918")
    assert not nhs_number_is_valid("943476591")
    valid = next(text for text in ulns(np.arange(100)).to_pylist() if text)
    assert uln_is_valid(valid) and not uln_is_valid(f"{valid[:9]}{(int(valid[9]) + 1) % 10}")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Jack", "jane@example.org", "BH12 3AB", "07/03/2014", "wait", "Zed", "1234567", ".", "Mrs"])
    )
)
def test_what_is_scrubbed_stays_as_it_is(words: list[str]) -> None:
    once = scrub(" ".join(words))
    assert scrub(once.text).text == once.text
    assert not {"Jack", "jane@example.org", "3AB", "07/03/2014", "1234567"} & set(once.text.split())
