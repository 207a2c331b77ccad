"""The council's own DuckDB file: every Parquet table of the pipeline, with comments. Never for partners.

Rows of extracts (raw, quarantine, staging) are views of their Parquet files, all other tables are copies: a file moved
elsewhere keeps all but the rows of extracts.
"""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from pipelines.assess.catalogue import TABLES
from pipelines.contract_files import load_contracts
from pipelines.deliveries import COLUMN_WORDS, TABLE_WORDS
from pipelines.ledgers import consent, states
from pipelines.models import load_models
from pipelines.publish.errors import explained
from pipelines.publish.files import flush, set_stale_wal_aside, swap_in
from pipelines.publish.formats import literal
from pipelines.settings import Settings
from pipelines.tables import quoted
from pipelines.voice import quotes

log = logging.getLogger(__name__)
WAREHOUSE = "warehouse.duckdb"
LAYERS: Final = ("raw", "quarantine", "staging", "core", "measures", "reference")
# Copies of the rows of extracts would be the larger part of the file and of the time. What is modelled of them is copied,
# so that an analyst who has the file open goes on seeing one and the same night.
VIEWED_LAYERS: Final = frozenset({"raw", "quarantine", "staging"})
# Only the council opens this file, with the DuckDB of its own set-up: the newer format is a third faster to write.
STORAGE_VERSION = "v1.4.0"
_LAYER_WORDS: Final[Mapping[str, str]] = {
    "raw": "Rows as they came, all text, after names, UPNs and postcodes were dropped or pseudonymised",
    "quarantine": "Rows that may not be used, each with its reasons",
    "staging": "Rows in use, typed",
    "core": "Children, requests, plans and the other things of the domain",
    "measures": "Measures before disclosure control",
    "reference": "Code sets, areas, calendar, question bank and measure register",
}


def assemble_warehouse(settings: Settings) -> Path:
    """Build data/warehouse/warehouse.duckdb beside and swap it in; layers are schemas. Returns its path.

    A file that somebody holds on Windows stays, and the new one is put beside it. Raises PublishError (a full disk).
    """
    target = settings.warehouse / WAREHOUSE
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    work = settings.warehouse / f".{WAREHOUSE}.building"
    with explained("Assembling the warehouse file"):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        built = work / WAREHOUSE
        try:
            _build(settings, built)
            swap_in(built, target, "warehouse")
        except PermissionError:
            target = target.with_name("warehouse_next.duckdb")
            log.warning("Somebody holds %s: the new one lies beside it as %s.", WAREHOUSE, target.name)
            swap_in(built, target, "warehouse")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return target


def _build(settings: Settings, path: Path) -> None:
    table_words, column_words = _words()
    with duckdb.connect(config={"memory_limit": settings.memory_limit}) as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute(f"attach {quoted(path)} as council (storage_version '{STORAGE_VERSION}')")
        # One transaction: each of the many comments would otherwise be a write to disk of its own.
        connection.execute("begin")
        for layer in LAYERS:
            connection.execute(f"create schema council.{layer}")
            for folder in sorted(p for p in (settings.warehouse / layer).glob("*") if p.is_dir()):
                if any(folder.glob("*.parquet")):
                    name = f'council.{layer}."{folder.name}"'
                    parts = quoted((folder / "*.parquet").resolve())
                    kind = "view" if layer in VIEWED_LAYERS else "table"
                    connection.execute(
                        f"create {kind} {name} as select * from read_parquet({parts}, union_by_name = true)"
                    )
                    words = table_words.get(f"{layer}.{folder.name}", f"{_LAYER_WORDS[layer]}: {folder.name}.")
                    connection.execute(f"comment on {kind} {name} is {literal(words)}")
                    _comment_columns(connection, name, layer, folder.name, column_words)
        connection.execute("commit")
        connection.execute("checkpoint council")
        connection.execute("detach council")
    set_stale_wal_aside(path, "build")
    flush(path)


def _comment_columns(
    connection: duckdb.DuckDBPyConnection, name: str, layer: str, table: str, words: Mapping[tuple[str, str], str]
) -> None:
    for column, *_rest in connection.execute(f"describe {name}").fetchall():
        said = words.get((f"{layer}.{table}", column)) or words.get((table, column)) or words.get(("", column))
        text = said or f"{column.replace('_', ' ').capitalize()} of {table.replace('_', ' ')}"
        connection.execute(f'comment on column {name}."{column}" is {literal(text)}')


def _words() -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Descriptions of tables, and of columns by (layer.table or source, column), from models and contracts."""
    tables: dict[str, str] = {
        "core.delivery": TABLE_WORDS,
        "core.correction": states.TABLE_WORDS,
        "core.consent_withdrawal": consent.TABLE_WORDS,
        "core.quote_state": quotes.STATE_WORDS,
    }
    columns: dict[tuple[str, str], str] = {
        ("", "file_id"): "The received file: first 16 characters of its SHA-256",
        ("", "row_number"): "Row of the file as Excel shows it, the header is row 1",
        ("", "child_id"): "Pseudonym of the child, the same in every extract",
        ("", "upn_status"): "What became of the UPN at the door: valid, wrong_check_letter, malformed or missing",
        ("", "uln_status"): "What became of the ULN at the door: valid, wrong_check_digit, malformed or missing",
        (
            "",
            "nhs_number_status",
        ): "What became of the NHS number at the door: valid, wrong_check_digit, malformed or missing",
        ("", "birth_month"): "First day of the month of birth",
        ("", "birth_date_status"): "What became of the date of birth at the door: valid, unreadable or missing",
        ("", "lsoa_code"): "Small area (LSOA) that the postcode lies in",
        ("", "postcode_status"): "What became of the postcode at the door: matched, unmatched or missing",
    }
    columns |= {("core.delivery", column): text for column, text in COLUMN_WORDS.items()}
    columns |= {("core.correction", column): text for column, text in states.COLUMN_WORDS.items()}
    columns |= {("core.consent_withdrawal", column): text for column, text in consent.COLUMN_WORDS.items()}
    columns |= {("core.quote_state", column): text for column, text in quotes.STATE_COLUMNS.items()}
    for model in load_models():
        tables[model.table] = model.description
        columns |= {(model.table, column): text for column, text in model.columns.items()}
    for table in TABLES:
        tables[f"measures.{table.name}"] = f"{table.description} For the council only."
        columns |= {(f"measures.{table.name}", column): text for column, text in table.descriptions.items()}
    for contract in load_contracts():
        columns |= {(contract.id, column.name): column.description for column in contract.columns}
        tables[f"staging.{contract.id}"] = f"{_LAYER_WORDS['staging']}: {contract.description}"
    return tables, columns
