"""When the refresh runs by itself."""

import dagster as dg

from pipelines.jobs import refresh

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="Europe/London",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:00 by the clock in London, in summer and in winter.",
)
