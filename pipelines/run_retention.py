"""How long Dagster keeps its runs: it has a setting for ticks only, and its event log would grow for ever."""

from datetime import datetime, timedelta
from typing import Final

import dagster as dg

FINISHED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_old_runs(instance: dg.DagsterInstance, days: int, now: datetime) -> int:
    """Delete finished runs that were made more than `days` days before `now`, with their event logs; how many."""
    old = dg.RunsFilter(statuses=FINISHED, created_before=now - timedelta(days=days))
    records = instance.get_run_records(filters=old)
    for record in records:
        instance.delete_run(record.dagster_run.run_id)
    return len(records)
