"""Holds the typed files of one source to their contract: all together, or one by one where that fails."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb

from expectations.results import FileValidation
from expectations.validation import validate_files
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.error_words import worded
from pipelines.ingest.read import ReadFile
from pipelines.ingest.refusal import FileRefused
from pipelines.outcomes import UNEXPECTED
from pipelines.settings import Settings
from pipelines.tables import file_path, quoted, replace_atomically


def validate_source(
    settings: Settings, contract: Contract, read: Mapping[str, ReadFile], as_at: date
) -> tuple[dict[str, FileValidation], dict[str, FileRefused]]:
    """Validate all files that were read (file_id → what was read) together.

    Where a rule cannot be run on all of them, each is validated alone, so that only one suffers. Returns what came of each
    file, and why a file could not be validated at all.
    """
    try:
        together = _validate_together(settings, contract, read, as_at)
    except Exception as error:
        if len(read) == 1:
            return {}, {file_id: unexpected(file_id, error) for file_id in read}
        together = None
    if together is not None and (len(read) < 2 or all(_all_ran(found) for found in together.values())):
        return together, {}
    validations: dict[str, FileValidation] = {}
    failures: dict[str, FileRefused] = {}
    for file_id, file in read.items():
        found, failed = validate_source(settings, contract, {file_id: file}, as_at)
        validations |= found
        failures |= failed
    return validations, failures


def _all_ran(validation: FileValidation) -> bool:
    return all(result.ran for result in validation.rule_results)


def _validate_together(
    settings: Settings, contract: Contract, read: Mapping[str, ReadFile], as_at: date
) -> dict[str, FileValidation]:
    if not read:
        return {}
    typed = {file_id: file_path(settings, "typed", contract.id, file_id) for file_id in read}
    with connect(settings) as connection, ExitStack() as stack:
        quarantine = {
            file_id: stack.enter_context(replace_atomically(file_path(settings, "quarantine", contract.id, file_id)))
            for file_id in read
        }
        findings = {file_id: file.findings for file_id, file in read.items()}
        validations = validate_files(connection, typed, contract, as_at, quarantine, findings)
        for file_id, validation in validations.items():
            if validation.refused:
                _quarantine_all(connection, typed[file_id], quarantine[file_id], validation.refusal_rule_ids)
    return validations


def unexpected(file_id: str, error: Exception) -> FileRefused:
    """Said of a file at which this program, not the supplier, has failed."""
    return FileRefused(
        UNEXPECTED,
        f"{file_id} could not be taken in. {worded(error)} The file is kept and tried again in the next run.",
    )


def _quarantine_all(
    connection: duckdb.DuckDBPyConnection, typed: Path, quarantine: Path, rule_ids: tuple[str, ...]
) -> None:
    """Put every row of a refused file into quarantine, with the file's reason after the row's own reasons."""
    whole = quarantine.with_name(f"{quarantine.name}.whole")
    connection.execute(f"""
        copy (
            select typed.*, concat_ws(',', own.rule_ids, '{",".join(rule_ids)}') as rule_ids
            from read_parquet({quoted(typed)}) typed
            left join (select row_number, rule_ids from read_parquet({quoted(quarantine)})) own
                on own.row_number = typed.row_number
        ) to {quoted(whole)} (format parquet)
    """)
    whole.replace(quarantine)
