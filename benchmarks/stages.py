"""The stages that are measured, each a function of the settings; `python -m benchmarks.stages NAME` runs one alone."""

import json
import sys
import time
from collections.abc import Callable
from datetime import date

import duckdb

from benchmarks.limits import peak_mib
from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract
from pipelines.engine import make_engine
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.models import load_models
from pipelines.reconciliation import build_reconciliation
from pipelines.reference import build_reference, load_register
from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically, table_path

AS_AT = date(2026, 9, 30)


def floor(settings: Settings) -> None:
    """DuckDB reads every CSV that was received as text into a table, and nothing else."""
    with duckdb.connect(str(settings.data_dir / "floor.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        for number, received in enumerate(read_manifest(settings)):
            if received.file_name.endswith(".csv"):
                path = quoted(received.path(settings))
                connection.execute(
                    f"create table t{number} as select * from read_csv({path}, all_varchar = true, header = true)"
                )
    (settings.data_dir / "floor.duckdb").unlink()


def receive_all(settings: Settings) -> None:
    """Hash, copy, manifest."""
    for contract in load_contracts():
        receive(settings, contract.id)


def process(contract: Contract) -> Callable[[Settings], None]:
    """Read, pseudonymise, type, validate, quarantine and stage one source."""

    def stage(settings: Settings) -> None:
        process_source(settings, contract, AS_AT)

    return stage


def reference(settings: Settings) -> None:
    """Reference tables and the reconciliation."""
    build_reference(settings, AS_AT)
    build_reconciliation(settings, AS_AT)


def models(layer: str) -> Callable[[Settings], None]:
    """All SQL models of a layer."""

    def stage(settings: Settings) -> None:
        if layer == "core":
            from pipelines.published import build_published_figures

            build_published_figures(settings)
        with make_engine(settings) as engine:
            for model in load_models():
                if model.layer == layer:
                    inputs = {read: table_path(settings, *read.split(".")) for read in model.reads}
                    engine.run(model.sql, inputs, table_path(settings, model.layer, model.name))

    return stage


def assess(settings: Settings) -> None:
    """Intervals."""
    import pyarrow.parquet as pq

    from pipelines.methods.assessed import assess as assess_table

    observation = pq.read_table(table_path(settings, "measures", "observation"))
    with replace_atomically(table_path(settings, "measures", "assessed")) as beside:
        pq.write_table(assess_table(observation, load_register()), beside)


def release(settings: Settings) -> None:
    """Shared tables, disclosure control, audit, formats, swap."""
    from pipelines.publish import publish_release

    models("shared")(settings)
    publish_release(settings, AS_AT)


def warehouse(settings: Settings) -> None:
    """The council's DuckDB file."""
    from pipelines.publish import assemble_warehouse

    assemble_warehouse(settings)


STAGES: dict[str, Callable[[Settings], None]] = {
    "receive": receive_all,
    "floor": floor,
    **{f"process {contract.id}": process(contract) for contract in load_contracts()},
    "reference, reconciliation": reference,
    "models: core": models("core"),
    "models: measures": models("measures"),
    "assess": assess,
    "release": release,
    "warehouse file": warehouse,
}


def main() -> None:
    """Run the stage named on the command line; print its seconds, CPU seconds and peak memory as JSON."""
    started, used_before = time.perf_counter(), time.process_time()
    STAGES[sys.argv[1]](Settings())
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - used_before,
        "peak_bytes": round(peak_mib() * 1024**2),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
