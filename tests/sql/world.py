"""A small world of extracts as Parquet, and the models run over it."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contract_files import load_contract, load_contracts
from pipelines.engine import connect
from pipelines.methods.assessed import assess
from pipelines.models import Model, load_models
from pipelines.published.read import PUBLISHED_FIGURE
from pipelines.reconciliation import RECONCILIATION, RULE_RESULT, SOURCE_STATUS
from pipelines.reference import load_register, measure_table, shared_breakdown_table, shared_table_table
from pipelines.settings import REFERENCE, Settings

DATE, TEXT, INTEGER, FLAG = pa.date32(), pa.string(), pa.int32(), pa.bool_()
PERSON = {
    "child_id": TEXT,
    "upn_status": TEXT,
    "birth_month": DATE,
    "birth_date_status": TEXT,
    "sex": TEXT,
    "ethnicity": TEXT,
    "lsoa_code": TEXT,
    "postcode_status": TEXT,
}
FILE = {"file_id": TEXT, "row_number": INTEGER}
QUESTIONS = (
    "q_listened",
    "q_services_good",
    "q_involved_in_plan",
    "q_confident_school",
    "q_communication",
    "q_waiting",
    "q_staff_change",
    "q_transition",
    "q_local_offer",
    "q_short_breaks",
)
PUBLISHED_TYPES = {"VARCHAR": TEXT, "INTEGER": INTEGER, "DOUBLE": pa.float64(), "BOOLEAN": FLAG}


def _columns(schema: pa.Schema) -> dict[str, pa.DataType]:
    return dict(zip(schema.names, schema.types, strict=True))


SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "staging.ehcp_timeliness": {
        **FILE,
        "request_id": TEXT,
        **PERSON,
        "uln_id": TEXT,
        "uln_status": TEXT,
        "primary_need": TEXT,
        "request_source": TEXT,
        "received_date": DATE,
        "request_outcome": TEXT,
        "request_outcome_date": DATE,
        "assessment_outcome": TEXT,
        "assessment_outcome_date": DATE,
        "plan_issued_date": DATE,
        "week20_exception": FLAG,
        "exception_reason": TEXT,
        "mediation": FLAG,
        "tribunal": FLAG,
        "plan_ceased_date": DATE,
        "cease_reason": TEXT,
        "setting_urn": TEXT,
        "sen_setting": TEXT,
        "review_meeting_date": DATE,
        "review_decision_date": DATE,
        "health_advice_requested_date": DATE,
        "health_advice_received_date": DATE,
        "social_care_advice_requested_date": DATE,
        "social_care_advice_received_date": DATE,
        "apdr_cycles_evidenced": INTEGER,
    },
    "staging.exclusions": {
        **FILE,
        **PERSON,
        "year_group": TEXT,
        "school_urn": TEXT,
        "start_date": DATE,
        "category": TEXT,
        "sessions": INTEGER,
        "reason1": TEXT,
        "reason2": TEXT,
        "reason3": TEXT,
        "sen_provision": TEXT,
        "primary_need": TEXT,
        "overturned": FLAG,
    },
    "staging.graduated_response": {
        **FILE,
        "child_id": TEXT,
        "upn_status": TEXT,
        "school_urn": TEXT,
        "record_date": DATE,
        "cycle_number": INTEGER,
        "stage": TEXT,
        "primary_need": TEXT,
        "provision_description": TEXT,
        "outcome_set": FLAG,
        "review_date": DATE,
        "review_outcome": TEXT,
        "parent_involved": FLAG,
        "child_voice_recorded": FLAG,
        "next_step": TEXT,
    },
    "staging.family_survey": {
        **FILE,
        "response_id": TEXT,
        "wave_id": TEXT,
        "respondent_role": TEXT,
        "completed_date": DATE,
        "age_band": TEXT,
        "sex": TEXT,
        "ethnicity": TEXT,
        "sen_status": TEXT,
        "has_diagnosis": FLAG,
        "primary_need": TEXT,
        "school_phase": TEXT,
        "setting_type": TEXT,
        "postcode_district": TEXT,
        "parent_carer_has_needs": FLAG,
        "sibling_young_carer": FLAG,
        **dict.fromkeys(QUESTIONS, TEXT),
        "comment": TEXT,
        "consent_share": FLAG,
        "consent_quote": FLAG,
    },
    "staging.pupil_roll": {
        **FILE,
        **PERSON,
        "census_date": DATE,
        "year_group": TEXT,
        "school_urn": TEXT,
        "sen_provision": TEXT,
        "primary_need": TEXT,
        "fsm_eligible": FLAG,
    },
    "core.reconciliation": _columns(RECONCILIATION),
    "core.rule_result": _columns(RULE_RESULT),
    "core.source_status": _columns(SOURCE_STATUS),
    "core.published_figure": {name: PUBLISHED_TYPES[kind] for name, kind in PUBLISHED_FIGURE.items()},
    "reference.refresh": {"as_at": DATE, "area_code": TEXT},
    "reference.survey_wave": {
        "wave_id": TEXT,
        "instrument": TEXT,
        "population": TEXT,
        "start_date": DATE,
        "end_date": DATE,
        "mode": TEXT,
        "invited": INTEGER,
    },
}
# Sources whose columns here are those of their contract: a row that a test gives names only what it is about.
BY_CONTRACT = (
    "workforce",
    "caseworker_allocation",
    "complaints",
    "coproduction_log",
    "health_waits",
    "plan_audit",
    "attendance",
    "appeals",
    "actions",
    "comment_coding",
)
ARROW_TYPES = {"VARCHAR": TEXT, "INTEGER": INTEGER, "DATE": DATE, "DOUBLE": pa.float64(), "BOOLEAN": FLAG}
SCHEMAS |= {
    f"staging.{source}": {
        **FILE,
        **{name: ARROW_TYPES[kind] for name, kind in load_contract(source).typed_columns},
    }
    for source in BY_CONTRACT
}
REFERENCE_FILES: dict[str, tuple[str, dict[str, pa.DataType]]] = {
    "reference.code_set": ("code_sets.csv", {}),
    "reference.area_lsoa": ("area_lsoa.csv", {"imd_rank": INTEGER, "imd_decile": INTEGER, "imd_quintile": INTEGER}),
    "reference.question": ("question_bank.csv", {}),
    "reference.code_book": ("code_book.csv", {"version": INTEGER}),
    "reference.calendar": ("calendar.csv", {"period_start": DATE, "period_end": DATE}),
    "reference.statutory_limit": ("statutory_limits.csv", {"days": INTEGER}),
    "reference.area_neighbour": ("area_neighbours.csv", {"rank": INTEGER}),
}
AREA = "E06000058"
AS_AT = date(2026, 9, 30)
ASSESSED = "measures.assessed"
KEY = ("measure_id", "period_type", "period_start", "breakdown", "breakdown_value")

Row: TypeAlias = Mapping[str, object]
Cells: TypeAlias = dict[tuple[object, ...], dict[str, object]]


@cache
def all_models() -> tuple[Model, ...]:
    """Every model, in order; read once for all tests."""
    return tuple(load_models())


@cache
def reference_table(name: str) -> pa.Table:
    """A table of data/reference with its types; read once for all tests."""
    file, types = REFERENCE_FILES[name]
    with (REFERENCE / file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return pa.table({column: _typed(rows, column, types.get(column, TEXT)) for column in rows[0]})


def _typed(rows: list[dict[str, str]], column: str, wanted: pa.DataType) -> pa.Array:
    return pa.array([row[column] or None for row in rows], TEXT).cast(wanted)


class World:
    """A warehouse in memory: tables given by hand, and every model run over them in order."""

    def __init__(self, folder: Path) -> None:
        self.connection = connect(Settings(data_dir=folder))  # pyright: ignore[reportCallIssue]
        self.given: dict[str, pa.Table] = {name: reference_table(name) for name in REFERENCE_FILES}
        self.given |= {
            "reference.measure": measure_table(),
            "reference.shared_table": shared_table_table(),
            "reference.shared_breakdown": shared_breakdown_table(),
        }
        for name in SCHEMAS:
            self.put(name, [])
        for contract in load_contracts():
            # A source that no test here gives rows: its table is there all the same, for the models that read it.
            columns = [f'cast(null as {kind}) as "{name}"' for name, kind in contract.typed_columns]
            empty = self.connection.execute(f"select {', '.join(columns)} limit 0").to_arrow_table()
            self.given.setdefault(f"staging.{contract.id}", empty)
        self.put("reference.refresh", [{"as_at": AS_AT, "area_code": AREA}])
        self._cells: Cells | None = None

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Give a table its rows; columns that a row does not name are NULL, an unknown column is an error."""
        schema = pa.schema(list(SCHEMAS[table].items()))
        numbered = {"row_number"} & set(schema.names)
        listed = [{**dict.fromkeys(numbered, number), **row} for number, row in enumerate(rows, start=2)]
        strange = {name for row in listed for name in row} - set(schema.names)
        assert not strange, f"{table} has no column {strange}"
        self.given[table] = pa.Table.from_pylist(listed, schema)

    def run(self) -> None:
        """Make every table."""
        for name, given in self.given.items():
            self.connection.register("given", given)
            self._make(name, "select * from given")
        for model in all_models():
            if model.layer != "shared":
                self._make(model.table, model.sql)
        # The one table between the models that is not made by SQL.
        observation = self.connection.execute("select * from measures.observation").to_arrow_table()
        self.connection.register("given", assess(observation, load_register()))
        self._make(ASSESSED, "select * from given")
        for model in all_models():
            if model.layer == "shared":
                self._make(model.table, model.sql)

    def rows(self, table: str) -> list[dict[str, object]]:
        """All rows of a table."""
        return self.connection.execute(f"select * from {table}").to_arrow_table().to_pylist()

    def types(self, table: str) -> dict[str, str]:
        """Columns and DuckDB types of a table."""
        return {str(row[0]): str(row[1]) for row in self.connection.execute(f"describe {table}").fetchall()}

    def look(
        self, measure: str, period_type: str, start: date, breakdown: str = "total", group: str = "All"
    ) -> tuple[object, ...] | None:
        """Numerator, denominator and value of one row of measures.observation to 6 places; None when there is none."""
        if self._cells is None:
            self.run()
            self._cells = {}
            for row in self.rows("measures.observation"):
                key = tuple(row[name] for name in KEY)
                assert key not in self._cells, f"two rows for {key}"
                self._cells[key] = row
        cell = self._cells.get((measure, period_type, start, breakdown, group))
        if cell is None:
            return None
        numbers = (cell["numerator"], cell["denominator"], cell["value"])
        return tuple(round(number, 6) if isinstance(number, float) else number for number in numbers)

    def save(self, folder: Path) -> dict[str, Path]:
        """Write every table, given or made, to its own Parquet file."""
        paths: dict[str, Path] = {}
        for name in [*self.given, ASSESSED, *(model.table for model in all_models())]:
            paths[name] = folder / f"{name}.parquet"
            pq.write_table(self.connection.execute(f"select * from {name}").to_arrow_table(), paths[name])
        return paths

    def _make(self, table: str, select: str) -> None:
        self.connection.execute(f"create schema if not exists {table.split('.')[0]}")
        self.connection.execute(f"create or replace table {table} as {select}")
