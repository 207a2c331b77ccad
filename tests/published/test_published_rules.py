"""Each rule of the published contracts on rows that keep it, and on the same rows with one cell changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pytest

from pipelines.published.contracts import PublishedRule, load_published_contracts

Row = Mapping[str, float | str]
NEEDS = ("asd", "hi", "mld", "msi", "oth", "pd", "pmld", "semh", "slcn", "sld", "spld", "vi", "need_unknown")
REASONS = (
    "max_age", "needs_met", "he", "employ", "transfer", "no_engage", "moved_outside_eng", "deceased", "not_rec", "other",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Rows that keep a rule, and the cell of the first row that breaks it."""

    rows: Sequence[Row]
    column: str
    broken: float


def by_sex(column: str) -> Case:
    """A total of 5 and rows of 2 and 3 by sex."""
    topics = (("Total", 5), ("Sex", 2), ("Sex", 3))
    rows = [{"time_period": "2024", "area_code": "E06000058", "breakdown_topic": t, column: n} for t, n in topics]
    return Case(rows, column, 6)


TIMELINESS: Row = {
    "plans_issued_den": 784,
    "plans_issued_den_ex": 635,
    "plans_issued_within_20_weeks": 581,
    "plans_issued_20_weeks_ex": 493,
    "pc_plans_issued_within_20_weeks": 74.1,
    "plans_issued_gt20weeks_ltyear": 161,
    "plans_issued_gt_1_year": 42,
}
GAP: Row = {
    "time_period": "202425", "time_identifier": "Autumn term", "new_la_code": "E06000058", "education_phase": "Total",
    "send_value": 17.215, "no_sen_value": 2.936, "gap_to_no_sen": 14.279,
}  # fmt: skip
CASES: dict[str, Case] = {
    "PUB_TIM_001": Case([TIMELINESS], "pc_plans_issued_within_20_weeks", 74.3),
    "PUB_TIM_002": Case([TIMELINESS], "plans_issued_20_weeks_ex", 582),
    "PUB_TIM_003": Case([TIMELINESS], "plans_issued_gt_1_year", 41),
    "PUB_TIM_004": by_sex("plans_issued_den"),
    "PUB_REQ_001": Case(
        [
            {
                "requests_received_in_year": 1230,
                "requests_decided_to_assess": 858,
                "requests_decided_not_to_assess": 295,
                "requests_decision_not_made": 77,
                "requests_withdrawn": 0,
            }
        ],
        "requests_withdrawn",
        1,
    ),
    "PUB_REQ_002": by_sex("requests_received_in_year"),
    "PUB_ASS_001": by_sex("assess_issued"),
    "PUB_CAS_001": Case(
        [{"mainstream_total": 1787, "ehcplans": 4432, "mainstream_total_pc": 40.3}], "mainstream_total", 1800
    ),
    "PUB_ANR_001": Case(
        [{"review_meeting_prior_24": 451, "review_meeting_prior_24_twin": 451}], "review_meeting_prior_24", 450
    ),
    "PUB_ANR_002": Case(
        [
            {
                "review_meeting_25": 107,
                "review_meeting_24": 2723,
                "review_meeting_prior_24": 451,
                "total_review_meeting": 3281,
            }
        ],
        "total_review_meeting",
        3280,
    ),
    "PUB_NEED_001": Case([{f"number_{need}": 1 for need in NEEDS} | {"ehc_plans": len(NEEDS)}], "number_vi", 2),
    "PUB_WBP_001": Case(
        [{"open_supp_intern": 13, "open_apprentice": 23, "open_trainee": 0, "open_wbp": 36}], "open_wbp", 37
    ),
    "PUB_CEA_001": Case([dict.fromkeys(REASONS, 1) | {"total_ceased": len(REASONS)}], "deceased", 0),
    "PUB_GAP_001": Case([GAP], "gap_to_no_sen", -14.279),
    "PUB_GAP_002": Case([GAP, GAP], "no_sen_value", 2.9),
    "PUB_TRI_001": Case(
        [{"appeals_registered": 145, "appealable_decisions": 4977, "appeal_rate": 2.9}], "appeal_rate", 4.4
    ),
}
RULES = {rule.rule_id: rule for contract in load_published_contracts() for rule in contract.rules}


def counts(rule: PublishedRule, rows: Sequence[Row]) -> tuple[int, int]:
    """How many rows or groups fail, and how many were tested."""
    with duckdb.connect() as connection:
        columns = [f'"{name}" {"varchar" if isinstance(value, str) else "double"}' for name, value in rows[0].items()]
        connection.execute(f"create table batch ({', '.join(columns)})")
        places = ", ".join("?" for _ in columns)
        connection.executemany(f"insert into batch values ({places})", [list(row.values()) for row in rows])
        queries = (rule.unexpected_rows_query, rule.tested_rows_query)
        failed, tested = (
            connection.execute(f"select count(*) from ({query.replace('{batch}', 'batch')})").fetchall()[0][0]
            for query in queries
        )
    return failed, tested


def test_every_rule_has_rows_that_keep_it_and_a_cell_that_breaks_it() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_passes_rows_that_keep_it(rule_id: str) -> None:
    failed, tested = counts(RULES[rule_id], CASES[rule_id].rows)
    assert failed == 0
    assert tested >= 1


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_finds_the_one_cell_that_was_changed(rule_id: str) -> None:
    case = CASES[rule_id]
    first, *rest = case.rows
    assert counts(RULES[rule_id], [{**first, case.column: case.broken}, *rest])[0] == 1
