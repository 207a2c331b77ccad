"""The scrubber is measured with identifiers that were planted, and nothing is published where it misses one with a form."""

import re
from collections import Counter

import pytest

from pipelines.voice.planted import planted_comments
from pipelines.voice.recall import (
    ALL,
    WITH_A_FORM,
    Recall,
    ScrubberProblem,
    check_recall,
    measure_recall,
    recall_table,
)
from pipelines.voice.scrub import Scrubbed, scrub


def test_some_two_hundred_comments_are_planted_the_same_each_time_and_of_every_kind() -> None:
    planted = planted_comments()
    assert planted == planted_comments() != planted_comments(seed=2)
    assert 200 <= len(planted) <= 300
    assert set(Counter(one.kind for one in planted).values()) == {12}
    assert set(WITH_A_FORM) < {one.kind for one in planted}
    assert all(one.identifier in one.text for one in planted)


def test_of_identifiers_with_a_form_none_is_missed() -> None:
    found = measure_recall()
    check_recall(found)
    assert {one.recall_pct for one in found if one.kind in WITH_A_FORM} == {100.0}


def test_what_is_missed_of_names_is_told() -> None:
    found = {one.kind: one for one in measure_recall()}
    assert found["name_listed"].removed == found["name_lower_case"].removed == 12
    assert (found["name_unlisted"].removed, found["name_unlisted"].sent_to_review) == (0, 12)
    assert (found["name_misspelt"].removed, found["name_misspelt"].sent_to_review) == (0, 10)
    assert found[ALL].planted == len(planted_comments())
    assert found[ALL].removed == sum(one.removed for kind, one in found.items() if kind != ALL)


def test_a_scrubber_that_takes_nothing_out_has_recall_0_and_one_that_takes_all_has_100() -> None:
    nothing = measure_recall(by=lambda text: Scrubbed(text, {}, ()))
    assert {one.removed for one in nothing} == {0}
    everything = measure_recall(by=lambda text: Scrubbed("", {}, ()))
    assert {one.recall_pct for one in everything} == {100.0}


@pytest.mark.parametrize("kind", WITH_A_FORM)
def test_one_missed_identifier_with_a_form_stops_the_build(kind: str) -> None:
    missed = next(one for one in planted_comments() if one.kind == kind)

    def blind(text: str) -> Scrubbed:
        return Scrubbed(text, {}, ()) if text == missed.text else scrub(text)

    with pytest.raises(ScrubberProblem, match=re.escape(kind)) as problem:
        check_recall(measure_recall(by=blind))
    assert missed.identifier not in str(problem.value)


def test_a_missed_name_does_not_stop_it() -> None:
    check_recall([Recall("name_misspelt", 12, 0, 0), Recall("upn", 12, 12, 0)])


def test_the_table_has_a_row_per_kind_and_one_for_all() -> None:
    rows = recall_table([Recall("upn", 3, 3, 0), Recall(ALL, 3, 2, 1)]).to_pylist()
    assert rows[1] == {"kind": "all", "planted": 3, "removed": 2, "sent_to_review": 1, "recall_pct": 66.7}
