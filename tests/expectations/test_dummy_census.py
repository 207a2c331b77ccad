"""The public dummy school census: realistic in shape and wrong in its codes. What is found in it, by reason.

Every number was also counted from the CSVs alone. The files are refused, and rightly: no pupil in them can be told apart.
"""

import shutil
from datetime import date
from pathlib import Path

from pipelines.contract_files import load_contract
from pipelines.extract import process_files
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.letters.things import read_lines
from pipelines.outcomes import FileOutcome, to_fix_path
from pipelines.settings import Settings

AS_AT = date(2026, 9, 30)
SOURCE = "exclusions"


def processed(settings: Settings, key: PseudonymKey, files: list[Path]) -> FileOutcome:
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True)
    for file in files:
        shutil.copyfile(file, inbox / file.name)
    at_once = settings.model_copy(update={"set_wait_minutes": 0})
    (outcome,) = process_files(at_once, load_contract(SOURCE), receive(at_once, SOURCE).new, key, AS_AT, "")
    return outcome


def found(outcome: FileOutcome, level: str) -> dict[str, int]:
    return {result.rule_id: result.failed for result in outcome.rule_results if result.failed and result.level == level}


def said_of_older_codes(settings: Settings, outcome: FileOutcome) -> str:
    lines = read_lines(to_fix_path(settings, SOURCE, outcome.file_id))
    return next(str(line["plain_words"]) for line in lines if line["rule_id"] == "OLDER_CODES")


def test_autumn_2024_by_reason(settings: Settings, key: PseudonymKey, shared_dir: Path) -> None:
    """10,373 exclusions of pupils on roll and 318 of pupils who have left, each with its pupil."""
    files = sorted((shared_dir / "samples" / "school_census").glob("2024_autumn_*.csv"))
    outcome = processed(settings, key, files)
    assert (outcome.rows_received, outcome.rows_quarantined, outcome.rows_duplicate) == (10_373 + 318, 10_691, 0)
    assert found(outcome, "row") == {
        "EXC_003": 10_691,  # the UPN of every pupil is a hash
        "EXC_014": 10_691,  # a set of blades names the school by an id of its own (SCH1 to SCH8), and has no URN
        "EXC_019": 2_989,  # begins on a Saturday or Sunday: the days are drawn at random, and 2 of 7 are such
        "EXC_023": 4_252,  # 4,137 + 115 are FIXD, which has been called SUSP since 2020/21
        "EXC_033": 374,  # a third reason and no second
        "EXC_034": 365,  # the same reason twice
        "EXC_035": 699,  # OT (other) as one of the reasons, a code that ended in 2019/20
        "EXC_037": 4_154,  # E 1,100, K 1,038, S 1,010, P 554 and A 452, all without a need: that is for the spring
        "EXC_040": 5_483,  # 5,329 + 154 without SEN provision; that of the pupil is empty there as well
    }
    assert found(outcome, "file") == {
        "EXC_046": 1,  # all rows have a critical fault, which refuses the file
        "EXC_048": 1,  # its newest exclusion is of December 2024
        "EXC_049": 1,  # 49 % have a SEN provision
        "EXC_050": 1,  # ethnicity is for the spring
        "EXC_051": 1,  # the addresses are in a member of their own
    }
    assert outcome.refusal_code == "rules"
    assert said_of_older_codes(settings, outcome) == (
        "Codes of earlier years were read as today's. category: FIXD in 4,252 cells as SUSP; sen_provision: A in 452 cells"
        " as K; sen_provision: P in 554 cells as K; sen_provision: S in 1,010 cells as E."
    )


def test_spring_2025_by_reason(settings: Settings, key: PseudonymKey, shared_dir: Path) -> None:
    """The set lacks the pupils who have left, so it is read without their 516 exclusions."""
    files = [
        file
        for file in sorted((shared_dir / "samples" / "school_census").glob("2025_spring_*.csv"))
        if not file.stem.endswith("offroll")
    ]
    outcome = processed(settings, key, files)
    assert (outcome.rows_received, outcome.rows_quarantined, outcome.rows_duplicate) == (10_064, 10_064, 0)
    assert found(outcome, "row") == {
        "EXC_003": 10_064,
        "EXC_010": 7_571,  # codes that authorities made from the 20 main ones (WENG, MWAP), for which there is no list
        "EXC_014": 10_064,
        "EXC_019": 2_800,
        "EXC_023": 4_004,
        "EXC_033": 365,
        "EXC_034": 345,
        "EXC_035": 653,
        "EXC_037": 2_894,  # with SEN, and not among the pupils of the member senneeds, or not with a rank 1 there
        "EXC_038": 267,  # with N and a need
        "EXC_040": 5_048,
        "EXC_041": 3_003,  # every need is a hash
    }
    assert found(outcome, "file") == {"EXC_046": 1, "EXC_048": 1, "EXC_049": 1, "EXC_051": 1}
    assert said_of_older_codes(settings, outcome) == (
        "Codes of earlier years were read as today's. category: FIXD in 4,004 cells as SUSP; sen_provision: A in 498 cells"
        " as K; sen_provision: P in 450 cells as K; sen_provision: S in 1,017 cells as E."
    )


def test_the_whole_spring_set_is_refused_by_the_member_that_it_lacks(
    settings: Settings, key: PseudonymKey, shared_dir: Path
) -> None:
    files = sorted((shared_dir / "samples" / "school_census").glob("2025_spring_*.csv"))
    outcome = processed(settings, key, files)
    assert (outcome.refusal_code, outcome.rows_received) == ("set_incomplete", 0)
    assert "lacks pupilnolongeronroll" in outcome.refusal_message
