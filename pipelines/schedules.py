"""When the refresh runs by itself."""

import dagster as dg

from pipelines.jobs import refresh, retention

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="Europe/London",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:00 by the clock in London, in summer and in winter.",
)

weekly_retention = dg.ScheduleDefinition(
    name="weekly_retention",
    job=retention,
    cron_schedule="0 4 * * 0",
    execution_timezone="Europe/London",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every Sunday at 04:00 by the clock in London: deletes what has expired, with a certificate.",
)
