"""The lists in data/reference agree with one another, with the contracts, and with what is published."""

import csv
import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import cast

import duckdb
import pytest
import yaml

from pipelines.contract_files import load_contract, load_contracts
from pipelines.ingest.headers import plain
from pipelines.register import Measure, check_register
from pipelines.settings import REFERENCE

AREA = "E06000058"
MEASURES = {
    *("EH1", "EH2", "EH3", "EH4", "EH5", "EH5_P90", "EH6", "EH6_LONGEST", "EH7", "EH8", "EH9", "EH11"),
    *("EH12", "EH12_RESOLVED"),
    *("EX1", "EX2", "EX3", "EX4", "EX5", "EX6", "EX6_OVERALL", "EX6_SEVERE", "EX7", "EX7_OUT", "EX8", "EX9"),
    *("GR1", "GR2", "GR3", "GR4", "GR5_A8", "GR5_KS2", "GR6", "GR7"),
    *("CU1", "CU2", "CU3", "CU4", "CU5", "CU6", "CO1", "CO2", "CO3", "CO4", "CO5"),
    *("EV1", "EV2", "EV3", "EV4", "EV5", "EV6", "WF1", "WF2", "WF3", "WF4", "WF5", "WF6"),
    *("JC1", "JC2", "JC3", "JC3_MEDIAN", "JC3_SEEN", "JC5"),
    *("PA1", "PA1_SUPPORT", "PA2", "PA2_NEET", "PA3", "PA4"),
}
Entry = dict[str, object]


def rows_of(name: str) -> list[dict[str, str]]:
    return rows_in(REFERENCE / name)


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def register() -> dict[str, Entry]:
    document = yaml.load((REFERENCE / "measures.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {str(entry["id"]): entry for entry in cast(list[Entry], document["measures"])}


def part(entry: Entry, name: str) -> Entry:
    return cast(Entry, entry[name])


def codes(name: str) -> list[str]:
    return [row["code"] for row in rows_of("code_sets.csv") if row["code_set"] == name]


def test_no_code_is_twice_in_its_set_and_no_label_stands_for_two_codes() -> None:
    rows = rows_of("code_sets.csv")
    for field in ("code", "label"):
        counts = Counter((row["code_set"], plain(row[field])) for row in rows)
        assert [key for key, count in counts.items() if count > 1] == []


def test_no_label_is_the_code_of_another() -> None:
    rows = rows_of("code_sets.csv")
    by_code = {(row["code_set"], plain(row["code"])): row["code"] for row in rows}
    clashes = [
        (row["code_set"], row["label"])
        for row in rows
        if by_code.get((row["code_set"], plain(row["label"])), row["code"]) != row["code"]
    ]
    assert clashes == []


def test_every_code_set_of_a_contract_and_of_a_rule_exists() -> None:
    known = {row["code_set"] for row in rows_of("code_sets.csv")}
    for contract in load_contracts():
        used = {column.code_set for column in contract.columns if column.code_set}
        used |= {str(rule.kwargs["value_set_from"]) for rule in contract.rules if "value_set_from" in rule.kwargs}
        assert used <= known


def test_no_header_of_a_contract_means_two_columns() -> None:
    for contract in load_contracts():
        headers = [plain(header) for column in contract.columns for header in (column.name, *column.aliases)]
        assert [header for header, count in Counter(headers).items() if count > 1] == [], contract.id


def test_each_ethnicity_is_in_one_of_five_groups_or_unclassified() -> None:
    groups = Counter(row["group_code"] for row in rows_of("code_sets.csv") if row["code_set"] == "ethnicity")
    assert groups == {"WHITE": 5, "MIXED": 4, "ASIAN": 5, "BLACK": 3, "OTHER": 1, "UNKNOWN": 2}


def test_the_area_has_233_lsoas_in_33_wards_with_decile_and_quintile_from_the_rank() -> None:
    rows = rows_of("area_lsoa.csv")
    assert len({row["lsoa_code"] for row in rows}) == len(rows) == 233
    assert len({row["ward_code"] for row in rows}) == 33
    assert {row["area_code"] for row in rows} == {AREA}
    for row in rows:
        decile = math.ceil(int(row["imd_rank"]) * 10 / 32_844)
        assert (int(row["imd_decile"]), int(row["imd_quintile"])) == (decile, math.ceil(decile / 2))


def test_lsoas_wards_and_ranks_are_those_published(shared_dir: Path) -> None:
    geography = shared_dir / "published" / "geography"
    ranks = {row["LSOA11CD"]: row["IMD19"] for row in rows_in(geography / "004.csv")}
    published = {
        (row["LSOA11CD"], row["WD19CD"], row["WD19NM"], ranks[row["LSOA11CD"]])
        for row in rows_in(geography / "135.csv")
        if row["LAD19CD"] == AREA
    }
    ours = {(r["lsoa_code"], r["ward_code"], r["ward_name"], r["imd_rank"]) for r in rows_of("area_lsoa.csv")}
    assert ours == published


def test_every_lsoa_has_three_postcodes_in_an_area_that_does_not_exist() -> None:
    rows = rows_of("postcode_lsoa.csv")
    assert all(row["postcode"].startswith("ZZ") for row in rows)
    assert len({row["postcode"] for row in rows}) == len(rows)
    assert Counter(row["lsoa_code"] for row in rows) == dict.fromkeys(
        (row["lsoa_code"] for row in rows_of("area_lsoa.csv")), 3
    )


def test_schools_are_made_up_and_of_known_kinds() -> None:
    rows = rows_of("schools.csv")
    assert len({row["school_urn"] for row in rows}) == len(rows)
    assert all(row["school_urn"].startswith("9") and len(row["school_urn"]) == 6 for row in rows)
    assert all(row["school_name"].startswith("Sample ") for row in rows)
    assert {row["phase"] for row in rows} == set(codes("school_phase"))
    assert {row["setting_type"] for row in rows} == set(codes("setting_type")) - {"not_in_school"}


def test_every_question_is_a_column_with_its_scale_and_measures_what_is_in_the_register() -> None:
    survey = load_contract("family_survey")
    questions = rows_of("question_bank.csv")
    asked = [column.name for column in survey.columns if column.name.startswith("q_")]
    assert [row["question_id"] for row in questions] == asked
    for row in questions:
        assert survey.column(row["question_id"]).code_set == row["scale_id"]
        assert set(row["top_codes"].split("|")) <= set(codes(row["scale_id"]))
        assert row["theme"] in codes("theme")
        assert row["workstream"] in codes("workstream")
        assert set(filter(None, row["measure_id"].split("|"))) <= MEASURES


def test_the_waves_are_those_of_the_code_set_and_end_after_they_start() -> None:
    waves = rows_of("survey_waves.csv")
    assert [row["wave_id"] for row in waves] == codes("survey_wave")
    assert {row["population"] for row in waves} == set(codes("respondent_role"))
    assert all(date.fromisoformat(row["start_date"]) < date.fromisoformat(row["end_date"]) for row in waves)
    assert all(int(row["invited"]) > 0 for row in waves)


def test_periods_of_each_kind_follow_one_another_without_gap_or_overlap() -> None:
    periods: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in rows_of("calendar.csv"):
        start, end = date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])
        periods[row["period_type"]].append((start, end))
    assert set(periods) == {"month", "term", "calendar_year", "academic_year"}
    for spans in periods.values():
        assert all(after[0] == before[1] + timedelta(days=1) for before, after in pairwise(spans))
        assert spans[0][0] <= date(2018, 1, 1)
        assert spans[-1][1] >= date(2030, 12, 31)


def test_a_term_lies_in_its_academic_year() -> None:
    years = {row["label"]: row for row in rows_of("calendar.csv") if row["period_type"] == "academic_year"}
    terms = [row for row in rows_of("calendar.csv") if row["period_type"] == "term"]
    assert Counter(row["academic_year"] for row in terms) == dict.fromkeys(years, 3)
    for row in terms:
        year = years[row["academic_year"]]
        assert year["period_start"] <= row["period_start"] < row["period_end"] <= year["period_end"]


def test_every_authority_has_ten_neighbours_none_of_them_itself() -> None:
    ranks: dict[str, list[int]] = defaultdict(list)
    for row in rows_of("area_neighbours.csv"):
        assert row["area_code"] != row["neighbour_area_code"]
        ranks[row["area_code"]].append(int(row["rank"]))
    assert len(ranks) == 153
    assert all(found == list(range(1, 11)) for found in ranks.values())


def test_the_neighbours_of_the_area_are_those_published(shared_dir: Path) -> None:
    published = rows_in(shared_dir / "published" / "neighbours" / "stat_neighbours.csv")
    names = [row["Bournemouth, Christchurch and Poole"] for row in published][:10]
    ours = [row["neighbour_name"] for row in rows_of("area_neighbours.csv") if row["area_code"] == AREA]
    assert ours == [name.removesuffix(" Borough") for name in names]


def test_the_register_holds_the_measures_of_this_version_and_each_is_complete() -> None:
    measures = check_register(list(register().values()))
    assert {measure.id for measure in measures} == MEASURES
    assert len(measures) >= 50
    assert {
        measure.id: set(Measure.model_fields) - set(register()[measure.id]) - {"multiplier"} for measure in measures
    } == {measure.id: set() for measure in measures}


def test_a_workstream_is_named_as_in_its_code_set_and_each_has_measures() -> None:
    labels = {row["code"]: row["label"] for row in rows_of("code_sets.csv") if row["code_set"] == "workstream"}
    named = {
        str(measure.workstream.code): measure.workstream.name for measure in check_register(list(register().values()))
    }
    assert named == labels | {"PFA": "Preparing for adulthood"}


def test_every_source_of_a_measure_has_a_contract() -> None:
    known = {contract.id for contract in load_contracts()} | {"all extracts", "published"}
    for entry in register().values():
        assert set(str(entry["source"]).split(", ")) <= known


@pytest.mark.parametrize(
    ("measure_id", "file", "column"),
    [
        ("EH1", "timeliness_20_week.csv", "pc_plans_issued_within_20_weeks"),
        ("EH2", "timeliness_20_week.csv", "PC_plans_issued_20_weeks_ex"),
        ("EH3", "requests.csv", "request_outcome_six_weeks_pc"),
        ("EH4", "assessments.csv", "outcome_decision_within_time_pc"),
    ],
)
def test_a_plan_baseline_is_the_published_figure(measure_id: str, file: str, column: str, shared_dir: Path) -> None:
    baseline = part(register()[measure_id], "baseline")
    published = [
        row[column]
        for row in rows_in(shared_dir / "published" / "ehcp_2025" / "data" / file)
        if row["new_la_code"] == AREA
        and row["time_period"] == baseline["period"]
        and row["breakdown"].startswith("All")
    ]
    assert published == [str(baseline["value"])]


@pytest.mark.parametrize(
    ("measure_id", "series", "digits"),
    [
        ("EX1", "TotFixedEx", 2),
        ("EX3", "TotPermEx", 3),
        ("EX4", "Total_ Pup_FixedEx", 2),
    ],
)
def test_an_exclusion_baseline_is_the_published_figure(
    measure_id: str, series: str, digits: int, shared_dir: Path
) -> None:
    baseline = part(register()[measure_id], "baseline")
    published = duckdb.execute(
        """
        select round(cast("Values" as double), ?) from read_parquet(?)
        where "LA Number" = 839 and "Short Desc" = ? and "Years" = ?
        """,
        [digits, str(shared_dir / "published" / "lait" / "bds_long_0.parquet"), series, baseline["period"]],
    ).fetchall()
    assert published == [(baseline["value"],)]
