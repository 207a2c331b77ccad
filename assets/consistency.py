"""The checks that need two extracts to agree: one Dagster check for each row of core.consistency, counts only."""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from pipelines.resources import Workspace
from pipelines.tables import table_path

CONSISTENCY: Final = dg.AssetKey(["core", "consistency"])
WORDS: Final = {
    "suspended_with_plan_but_no_plan": "A pupil suspended with provision E had a plan on that day.",
    "plan_without_person": "Each plan belongs to a person with a valid UPN.",
    "cycle_during_plan": "A cycle of the graduated response was recorded while the child had no plan.",
}


def consistency_checks() -> dg.AssetChecksDefinition:
    """A warning each: both extracts may be right in themselves, so no row is refused."""

    @dg.multi_asset_check(
        name="consistency_checks",
        specs=[dg.AssetCheckSpec(check_id, asset=CONSISTENCY, description=words) for check_id, words in WORDS.items()],
    )
    def checks(workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        import pyarrow.parquet as pq

        for row in pq.read_table(table_path(workspace.settings(), *CONSISTENCY.path)).to_pylist():
            failing, tested = int(row["failing"]), int(row["tested"])
            yield dg.AssetCheckResult(
                passed=failing == 0,
                asset_key=CONSISTENCY,
                check_name=str(row["check_id"]),
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{WORDS[row['check_id']]} Not so for {failing:,} of {tested:,}.",
                metadata={"failing": failing, "tested": tested},
            )

    return checks
