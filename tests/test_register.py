"""The schema of the measure register: what an entry must hold, and what the message says when it does not."""

from copy import deepcopy
from typing import cast

import pytest

from pipelines.reference import load_register
from pipelines.register import RegisterProblem, check_register

Entry = dict[str, object]


def entry(measure_id: str = "EH1") -> Entry:
    return deepcopy(next(one for one in load_register() if one["id"] == measure_id))


def with_part(name: str, **changes: object) -> Entry:
    changed = entry()
    return changed | {name: cast(Entry, changed[name]) | changes}


def test_the_register_keeps_its_schema() -> None:
    assert [measure.id for measure in check_register(load_register())] == [one["id"] for one in load_register()]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (entry() | {"statistic": "mean"}, "EH1: statistic"),
        (entry() | {"unit": "pc"}, "EH1: unit"),
        (entry() | {"colour": "red"}, "EH1: colour: Extra inputs"),
        (entry() | {"question": "How many"}, "EH1: question"),
        (entry() | {"exclusions": ""}, "EH1: exclusions"),
        (entry() | {"lag_days": 0}, "EH1: lag_days"),
        (entry() | {"multiplier": 100}, "only a rate, has a multiplier"),
        (entry("EX1") | {"multiplier": None}, "EX1: entry: .*only a rate, has a multiplier"),
        (entry("GR1") | {"source": "attendance"}, "GR1: .*has the statistic and the source published"),
        (with_part("workstream", code=9), "EH1: workstream.code"),
        (with_part("baseline", period=None), "EH1: baseline: .*a value and its period"),
        (with_part("target", value=80.0), "EH1: target: .*a value and a day"),
        (with_part("target", note=None), "EH1: target: .*to be set by the board"),
        (with_part("technical_review", source={"status": "accepted", "who": None, "when": None}), "who and when"),
        ({key: value for key, value in entry().items() if key != "definition"}, "EH1: definition: Field required"),
        ("EH1", "entry 1"),
    ],
)
def test_what_is_wrong_is_named_with_measure_and_key(broken: object, message: str) -> None:
    with pytest.raises(RegisterProblem, match=message):
        check_register([broken])


def test_a_target_with_its_day_and_a_review_with_its_reviewer_are_accepted() -> None:
    changed = with_part("target", value=90.0, by="2027-12-31", note=None)
    review = {"status": "accepted", "who": "SEND data manager", "when": "2026-11-01"}
    changed["technical_review"] = cast(Entry, changed["technical_review"]) | {"source": review}
    (measure,) = check_register([changed])
    assert measure.target.value == 90.0


def test_an_id_may_not_be_there_twice() -> None:
    with pytest.raises(RegisterProblem, match="EH1 is there more than once"):
        check_register([entry(), entry()])
