"""The one entry point of Dagster: every asset, check, job, schedule, sensor and resource, listed."""

import dagster as dg

from assets.assess import assess_assets
from assets.assessed import assessed
from assets.consistency import consistency_checks
from assets.landing import landing_asset
from assets.ledgers import ledger_assets
from assets.models import model_asset
from assets.published import published_figure, published_reconciliation
from assets.reconciliation import reconciliation_assets
from assets.reference import reference
from assets.release import release_assets
from assets.staging import staging_assets
from assets.voice import quotes, scrubber_recall
from pipelines.contract_files import load_contracts
from pipelines.jobs import refresh, retention, source_job
from pipelines.models import load_models
from pipelines.resources import Workspace
from pipelines.schedules import nightly, weekly_retention
from pipelines.sensors import inbox_sensor, tell_somebody

contracts = load_contracts()
models = load_models()
source_jobs = [source_job(contract) for contract in contracts]
tables = [
    *(landing_asset(contract) for contract in contracts),
    *(staging_assets(contract) for contract in contracts),
    reference,
    *reconciliation_assets(contracts),
    ledger_assets(contracts),
    *(model_asset(model) for model in models),
    published_figure,
    published_reconciliation,
    assessed,
    *assess_assets(),
    quotes,
    scrubber_recall,
]

defs = dg.Definitions(
    assets=[*tables, *release_assets(contracts, tables)],
    asset_checks=[consistency_checks()],
    jobs=[refresh, *source_jobs, retention],
    schedules=[nightly, weekly_retention],
    sensors=[inbox_sensor(contracts, [refresh, *source_jobs]), tell_somebody],
    resources={"workspace": Workspace()},
    executor=dg.in_process_executor,
)
