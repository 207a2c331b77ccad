"""Read the new files of one source, small ones two or more at a time, while Great Expectations is imported beside them."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from expectations import import_great_expectations
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.consent import NOTHING_WITHDRAWN, Withdrawn
from pipelines.ingest.landing import ReceivedFile
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.read import ReadFile, open_door, read_file
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings
from pipelines.tables import file_path
from pipelines.validate_source import unexpected

# A larger file keeps every core busy by itself, and may need all the memory that is allowed.
SMALL_FILE_BYTES = 20_000_000


def read_source(
    settings: Settings,
    contract: Contract,
    files: Sequence[ReceivedFile],
    key: PseudonymKey,
    progress: Callable[[str], None] = lambda _: None,
    withdrawn: Withdrawn = NOTHING_WITHDRAWN,
) -> tuple[dict[str, ReadFile], dict[str, FileRefused]]:
    """What was read of each file, and why the others were refused, by file_id. One bad file stops no other."""

    def read(file: ReceivedFile) -> ReadFile:
        progress(f"{contract.id}: reading file {file.file_id}")
        raw, typed = (file_path(settings, layer, contract.id, file.file_id) for layer in ("raw", "typed"))
        with connect(settings) as connection:
            open_door(connection, key, settings)
            return read_file(
                connection,
                file.path(settings),
                file.file_id,
                contract,
                file.file_id,
                raw,
                typed,
                settings,
                withdrawn,
            )

    taken: dict[str, ReadFile] = {}
    refused: dict[str, FileRefused] = {}
    small = [file for file in files if file.bytes <= SMALL_FILE_BYTES]
    for group, workers in ((small, os.cpu_count() or 1), ([file for file in files if file not in small], 1)):
        with ThreadPoolExecutor(workers + 1) as pool:
            if group:
                # It takes seconds to import and is needed next; DuckDB meanwhile works without Python.
                pool.submit(import_great_expectations)
            waiting = {file.file_id: pool.submit(read, file) for file in group}
            for file_id, future in waiting.items():
                _take(file_id, future, taken, refused)
    return taken, refused


def _take(
    file_id: str, future: "Future[ReadFile]", taken: dict[str, ReadFile], refused: dict[str, FileRefused]
) -> None:
    try:
        taken[file_id] = future.result()
    except FileRefused as refusal:
        refused[file_id] = refusal
    except Exception as error:
        refused[file_id] = unexpected(file_id, error)
