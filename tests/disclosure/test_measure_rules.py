"""What each measure counts: a rule for every measure of the register, and what partners see of open and withheld ones."""

import pytest

from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import RowCounts, add_observation, counts_of
from pipelines.disclosure.safe_rows import safe_observation
from pipelines.disclosure.system import SystemBuilder
from pipelines.reference import load_register

REGISTER = {str(entry["id"]): entry for entry in load_register()}


def row(measure: str, **changes: object) -> dict[str, object]:
    place = {"area_code": "E06000058", "period_type": "month", "period_start": None, "period_end": None}
    numbers = {"numerator": 2.4, "denominator": 8.0, "value": 30.0, "base": 8}
    limits = dict.fromkeys(("lower_95", "upper_95", "lower_998", "upper_998"))
    return {
        "measure_id": measure,
        **place,
        "breakdown": "total",
        "breakdown_value": "All",
        **numbers,
        **limits,
        "unit": "%",
    } | changes


def seen(measure: str, **changes: object) -> dict[str, object]:
    """What partners see of one row."""
    rule = rule_of(measure, str(REGISTER[measure]["unit"]))
    one = row(measure, **changes)
    (safe,) = safe_observation([one], [counts_of(one, rule)], {measure: rule}, ())
    return safe


@pytest.mark.parametrize("measure", REGISTER)
def test_what_is_no_count_of_children_is_not_treated_as_one(measure: str) -> None:
    counted = rule_of(measure, str(REGISTER[measure]["unit"])).kind in ("proportion", "rate")
    statistic = REGISTER[measure]["statistic"]
    # Appeals, appealable decisions, compliments and complaints are whole numbers; sessions and SENCO posts are not children.
    assert counted == (
        statistic in ("proportion", "rate", "count") or measure in ("EH11", "EX5", "CU5")
    ) or measure in (
        *("EV1", "EV6", "CO2", "CO3"),
        "GR4",
    )


def test_a_measure_of_posts_is_shown_as_it_is_though_it_is_small() -> None:
    safe = seen("WF2")
    assert (safe["numerator"], safe["denominator"], safe["value"], safe["status"]) == (2.4, 8.0, 30.0, None)


@pytest.mark.parametrize("measure", ["GR4", "WF1"])
def test_a_withheld_measure_is_for_the_council_only(measure: str) -> None:
    safe = seen(measure, numerator=400.0, denominator=900.0, base=900)
    assert (safe["numerator"], safe["denominator"], safe["value"], safe["status"]) == (None, None, None, "c")


def test_a_published_figure_without_counts_is_shown() -> None:
    safe = seen("GR1", numerator=None, denominator=None, base=None)
    assert (safe["value"], safe["status"]) == (30.0, None)


def seen_beside(measure: str, beside: tuple[str, ...], hidden: tuple[str, ...] = ()) -> dict[str, object]:
    """What partners see of a figure of 40 children beside rows of other measures, of which some hide a count."""
    rows = [row(name, numerator=12.0, denominator=40.0, base=40) for name in (measure, *beside)]
    rules = {name: rule_of(name, str(REGISTER[name]["unit"])) for name in (measure, *beside)}
    counts = add_observation(SystemBuilder(Policy(5, 10)), rows, rules)
    away = {key for one, keys in zip(rows, counts, strict=True) if one["measure_id"] in hidden for key in keys.keys}
    return safe_observation(rows, counts, rules, away)[0]


LEANING = [("EH5", ("EH1", "EH2")), ("EH5_P90", ("EH1", "EH2")), ("JC3_MEDIAN", ("JC3",))]
LEANING += [("EX6_OVERALL", ("EX6", "EX6_SEVERE"))]


@pytest.mark.parametrize(("measure", "beside"), LEANING)
def test_a_median_is_shown_without_counts_where_all_counts_that_it_could_bound_are(
    measure: str, beside: tuple[str, ...]
) -> None:
    safe = seen_beside(measure, beside)
    assert (safe["value"], safe["numerator"], safe["denominator"], safe["status"]) == (30.0, None, None, None)


@pytest.mark.parametrize(("measure", "beside"), LEANING)
def test_a_median_is_withheld_where_one_of_those_counts_is_hidden_or_missing(
    measure: str, beside: tuple[str, ...]
) -> None:
    for hidden in beside:
        assert seen_beside(measure, beside, (hidden,))["value"] is None
        assert seen_beside(measure, beside, (hidden,))["status"] == "c"
    assert seen_beside(measure, ())["status"] == "c"


def test_every_median_of_the_register_leans_on_counts_of_the_same_children() -> None:
    summaries = {measure for measure in REGISTER if rule_of(measure, str(REGISTER[measure]["unit"])).kind == "summary"}
    # EV3 is the largest of many differences between groups: it leans on none of them.
    assert summaries - {"EV3"} == {measure for measure, _ in LEANING}


def test_measures_of_the_same_pupils_share_one_headcount() -> None:
    for measures in (("EX6", "EX6_SEVERE"), ("EX7", "EX7_OUT", "EX9")):
        keys = {
            counts_of(row(measure, numerator=2.0, denominator=40.0), rule_of(measure, "%")).denominator
            for measure in measures
        }
        assert len(keys) == 1 and keys != {RowCounts().denominator}
