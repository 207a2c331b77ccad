"""The same eleven persons, sent in five shapes through the whole of ingest, are the same in every core table."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.contract_files import load_contract, load_contracts
from pipelines.engine import make_engine
from pipelines.extract import process_source
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import load_key
from pipelines.models import load_models
from pipelines.reference import build_reference
from pipelines.settings import Settings
from pipelines.staging import build_staging
from pipelines.tables import table_path
from tests.ingest.reading import Reader
from tests.ingest.sen2_shapes import ModuleRows, modules_of, write_blades, write_sheets_workbook, write_stacked_workbook

AS_AT = date(2026, 3, 31)
TABLES = ("core.request", "core.plan", "core.child")
Rows = dict[str, list[str]]


def flat_csv(folder: Path, reader: Reader, xml: Path) -> None:
    with (folder / "requests.csv").open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(reader.raw_with_identities(xml))


def core_of(settings: Settings) -> Rows:
    """Receive, read, validate and model what lies in the inbox; the rows of the core tables."""
    receive(settings, "ehcp_timeliness")
    for contract in load_contracts():
        build_staging(settings, contract, [])
    # Without its rules about rows: no row breaks a critical one, and they would be most of the time.
    contract = replace(load_contract("ehcp_timeliness"), rules=())
    staged = process_source(settings, contract, AS_AT)
    assert (staged.rows, [outcome.refusal_message for outcome in staged.outcomes]) == (11, [""])
    build_reference(settings, AS_AT)
    needed = {"core.area", *TABLES}
    with make_engine(settings) as engine:
        for model in (model for model in load_models() if model.table in needed):
            inputs = {read: table_path(settings, *read.split(".")) for read in model.reads}
            engine.run(model.sql, inputs, table_path(settings, model.layer, model.name))
    return {
        table: sorted(map(str, pq.read_table(table_path(settings, *table.split("."))).to_pylist())) for table in TABLES
    }


def test_five_shapes_of_one_return_give_identical_core_tables(
    settings: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    xml = shared_dir / "samples" / "constructed" / "sen2_2026_constructed.xml"
    modules: ModuleRows = modules_of(xml)
    reader = Reader(settings, load_key(settings), load_contract("ehcp_timeliness"), tmp_path)
    shapes: dict[str, Callable[[Path], object]] = {
        "xml": lambda folder: shutil.copyfile(xml, folder / "return.xml"),
        "blades": lambda folder: shutil.copytree(write_blades(tmp_path / "b", modules), folder, dirs_exist_ok=True),
        "template": lambda folder: write_stacked_workbook(folder / "template.xlsx", modules),
        "sheets": lambda folder: write_sheets_workbook(folder / "sheets.xlsx", modules),
        "flat": lambda folder: flat_csv(folder, reader, xml),
    }
    found: dict[str, Rows] = {}
    for name, put in shapes.items():
        own = settings.model_copy(update={"data_dir": tmp_path / name})
        inbox = own.inbox / "ehcp_timeliness"
        inbox.mkdir(parents=True)
        put(inbox)
        found[name] = core_of(own)
    for name, rows in found.items():
        assert rows == found["xml"], name
    assert len(found["xml"]["core.request"]) == 11
    assert len(found["xml"]["core.child"]) > 1
