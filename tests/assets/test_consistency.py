"""Where two extracts contradict each other, a warning says how many rows do, of how many."""

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.consistency import CONSISTENCY, WORDS, consistency_checks
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.tables import table_path


def test_a_contradiction_is_a_warning_with_both_counts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SENDSET_KEY_FILE", str(settings.key_file))
    path = table_path(settings, *CONSISTENCY.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"check_id": check_id, "failing": number, "tested": 5} for number, check_id in enumerate(WORDS)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    checks = dg.Definitions(asset_checks=[consistency_checks()], resources={"workspace": Workspace()})
    result = checks.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=True)
    found = {one.check_name: (one.passed, one.severity) for one in result.get_asset_check_evaluations()}
    warn = dg.AssetCheckSeverity.WARN
    assert found == {check_id: (number == 0, warn) for number, check_id in enumerate(WORDS)}
