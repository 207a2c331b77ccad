"""Models describe themselves: header, columns, what they read, where columns come from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.models import Model, ModelError, column_lineage, load_models
from pipelines.reference import load_register
from tests.sql.small_data import fill
from tests.sql.world import World, all_models

SQL = """-- core.thing
-- One row per thing.
--
-- a: first
-- b: second,
--   on two lines
select x.a, x.b from staging.source as x
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "core" / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every operator of a plan."""
    for node in plan:
        yield node
        yield from nodes(node["children"])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small data, run once."""
    world = World(tmp_path_factory.mktemp("models"))
    fill(world)
    world.run()
    return world


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.table)
def test_the_header_describes_every_column_in_order(filled: World, model: Model) -> None:
    assert list(model.columns) == list(filled.types(model.table))


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.table)
def test_no_column_has_a_type_that_engines_do_not_share(filled: World, model: Model) -> None:
    assert set(filled.types(model.table).values()) <= {"VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "DATE"}


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.table)
def test_an_outer_join_has_a_plain_comparison_to_hash_by(filled: World, model: Model) -> None:
    (plan,) = filled.connection.execute(f"explain (format json) {model.sql}").fetchall()
    joins = [
        node["extra_info"].get("Join Type")
        for node in nodes(json.loads(str(plan[1])))
        if node["name"].startswith("BLOCKWISE")
    ]
    assert set(joins) <= {"INNER"}


def test_every_measure_of_the_register_has_sql_and_the_other_way_round(filled: World) -> None:
    made = {row["measure_id"] for row in filled.rows("measures.observation")}
    assert made == {entry["id"] for entry in load_register()}


def test_the_groups_of_a_breakdown_add_up_to_the_total(filled: World) -> None:
    sums: dict[tuple[object, ...], dict[str, float]] = {}
    for row in filled.rows("measures.observation"):
        if row["numerator"] is None or row["measure_id"] in ("EX2", "EH6"):
            continue
        key = (row["measure_id"], row["period_type"], row["period_start"])
        breakdown = str(row["breakdown"])
        groups = sums.setdefault(key, {})
        groups[breakdown] = groups.get(breakdown, 0.0) + float(str(row["numerator"]))
    assert len(sums) > 100
    assert [key for key, groups in sums.items() if len({round(group, 6) for group in groups.values()}) > 1] == []


def test_a_percentage_is_from_0_to_100(filled: World) -> None:
    # Pupils who have left, answers that were not asked for, appeals of last year's decisions, leavers of small teams.
    may_be_more = {"EX4", "EV2", "EH11", "WF1"}
    percent = {entry["id"] for entry in load_register() if entry["unit"] == "%"} - may_be_more
    values = [row["value"] for row in filled.rows("measures.observation") if row["measure_id"] in percent]
    assert all(isinstance(value, float) and 0 <= value <= 100 for value in values)


def test_models_come_after_the_models_that_they_read(tmp_path: Path) -> None:
    write(tmp_path, "thing", SQL)
    write(
        tmp_path,
        "a_first_by_name",
        SQL.replace("core.thing", "core.a_first_by_name").replace("staging.source", "core.thing"),
    )
    assert [model.table for model in load_models(tmp_path)] == ["core.thing", "core.a_first_by_name"]


def test_a_model_knows_its_description_columns_and_what_it_reads(tmp_path: Path) -> None:
    write(tmp_path, "thing", SQL)
    (model,) = load_models(tmp_path)
    assert model.description == "One row per thing."
    assert model.columns == {"a": "first", "b": "second, on two lines"}
    assert model.reads == ("staging.source",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SQL.replace("core.thing", "core.other"), "first line"),
        (SQL.replace("--\n", ""), "empty comment line"),
        (SQL.replace("-- a: first", "-- a, first"), "expected '-- column: description'"),
        (SQL.replace("staging.source", "source"), "layer.table"),
        (SQL.replace("select", "selekt"), "cannot parse"),
        (SQL.replace("staging.source", "core.thing"), "ring"),
    ],
)
def test_a_model_that_is_not_written_as_expected_says_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "thing", text)
    with pytest.raises(ModelError, match=message):
        load_models(tmp_path)


def test_column_lineage_goes_back_to_the_tables_that_a_model_reads(filled: World) -> None:
    models = {model.table: model for model in all_models()}
    request = models["core.request"]
    origin = column_lineage(request, {read: filled.types(read) for read in request.reads})
    assert origin["ward_code"] == [("core.area", "ward_code")]
    assert origin["ethnicity_group"] == [("reference.code_set", "group_code")]
    assert origin["days_to_plan"] == [
        ("staging.ehcp_timeliness", "plan_issued_date"),
        ("staging.ehcp_timeliness", "received_date"),
    ]
    observation = models["measures.observation"]
    origin = column_lineage(observation, {read: filled.types(read) for read in observation.reads})
    assert ("measures.survey_observation", "value") in origin["value"]


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.table)
def test_column_lineage_names_only_columns_that_exist(filled: World, model: Model) -> None:
    schemas = {read: filled.types(read) for read in model.reads}
    origin = column_lineage(model, schemas)
    assert list(origin) == list(model.columns)
    assert all(column in schemas[table] for sources in origin.values() for table, column in sources)
