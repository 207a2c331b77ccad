"""Which measures a column of an extract touches, against what the register says of them."""

import pytest

from pipelines.contract_files import load_contract
from pipelines.letters.measures_touched import MeasuresTouched, measures_touched
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def touched(tmp_path_factory: pytest.TempPathFactory) -> MeasuresTouched:
    folder = tmp_path_factory.mktemp("touched")
    settings = Settings(data_dir=folder, key_file=folder / "no key")
    contracts = [load_contract(source) for source in ("complaints", "family_survey", "workforce")]
    found = measures_touched(settings, contracts)
    assert measures_touched(settings, contracts, only_if_known=True) == found
    return found


def test_what_is_not_known_is_said_to_touch_nothing(settings: Settings) -> None:
    assert measures_touched(settings, [load_contract("workforce")], only_if_known=True) == MeasuresTouched({}, {})
    assert not settings.warehouse.exists()


def test_a_measure_is_touched_by_the_columns_that_its_definition_names(touched: MeasuresTouched) -> None:
    filled = {column for column, found in touched.by_column["workforce"].items() if "WF2" in found.figures}
    assert filled == {"month_end", "role", "established_fte", "filled_fte"}
    upheld = {column for column, found in touched.by_column["complaints"].items() if "CU6" in found.figures}
    assert upheld == {"kind", "received_date", "outcome"}


def test_a_question_touches_its_own_measures_and_not_those_of_other_questions(touched: MeasuresTouched) -> None:
    own = {m for m in touched.of("family_survey", "q_involved_in_plan").figures if m.startswith(("CU", "CO", "GR"))}
    assert own == {"CO1"}
    assert not {"CU1", "CO1", "GR6"} & {*touched.of("family_survey", "q_waiting").figures}


def test_a_column_that_nothing_is_computed_from_touches_nothing(touched: MeasuresTouched) -> None:
    assert touched.of("workforce", "post_id").measures == ()
    assert touched.of("complaints", "theme").figures == ()


def test_a_row_that_is_left_out_touches_every_measure_of_its_source_and_those_about_all_rows(
    touched: MeasuresTouched,
) -> None:
    assert touched.of("workforce", None).figures == ("EV4", "EV1", "WF1", "WF2", "WF3", "WF4", "WF6")
