"""What was received and what became of it: core tables, and the list of what suppliers should fix."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.contracts import Contract
from pipelines.deliveries import STATUSES, TABLE_WORDS
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.tables import table_path

TABLES = {
    "reconciliation": "One row per received file: rows received = accepted + quarantined + duplicate + superseded.",
    "rule_result": "One row per file and rule: rows that failed, of rows checked.",
    "source_status": "One row per source and supplier: current, stale or missing, with the age of its data.",
    "delivery": TABLE_WORDS,
}
INBOX_CHECK = "nothing_waits_outside_known_folders"
STATUS_CHECK = "every_source_is_current"
STATUS = dg.AssetKey(["core", "source_status"])
DELIVERY_CHECK = "delivery_is_on_time"
DELIVERY = dg.AssetKey(["core", "delivery"])
LETTERS = dg.AssetKey(["reports", "letters"])


def reconciliation_assets(contracts: list[Contract]) -> list[dg.AssetsDefinition]:
    """The assets of this stage: they read what became of every file of every source."""
    sources = [contract.id for contract in contracts]
    staged = [("staging", source) for source in sources]

    @dg.multi_asset(
        name="reconciliation",
        specs=[spec(("core", name), "core", words, staged) for name, words in TABLES.items()],
        check_specs=[
            dg.AssetCheckSpec(
                STATUS_CHECK, asset=STATUS, description="Each supplier's newest file is good, and none is overdue."
            ),
            dg.AssetCheckSpec(
                DELIVERY_CHECK,
                asset=DELIVERY,
                description="No delivery is missing, and each supplier's last one came by the day on which it was due.",
            ),
            dg.AssetCheckSpec(
                INBOX_CHECK, asset=STATUS, description="The inbox holds only folders that are named as a source."
            ),
        ],
    )
    def reconciliation(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
        from pipelines.reconciliation import build_reconciliation

        settings = workspace.settings()
        with no_values_in_errors("The reconciliation"):
            build_reconciliation(settings, workspace.day(context))
        checks = {
            STATUS: [_status_check(workspace), _inbox_check(workspace, sources)],
            DELIVERY: [delivery_check(settings)],
        }
        for name in TABLES:
            yield dg.MaterializeResult(
                asset_key=["core", name],
                metadata=table_metadata(table_path(settings, "core", name)),
                check_results=checks.get(dg.AssetKey(["core", name]), []),
            )

    @dg.multi_asset(
        name="what_to_fix",
        specs=[
            spec(
                ("reports", "what_to_fix"),
                "reports",
                "What suppliers should put right: file, sheet, row, column and what to do. No values.",
                staged,
                kinds=("html", "csv"),
            ),
            spec(
                LETTERS.path,
                "reports",
                "A letter to each supplier: what came of the newest delivery and what to fix first. No values.",
                staged,
                kinds=("html", "excel", "csv"),
            ),
        ],
    )
    def what_to_fix(workspace: Workspace) -> Iterator[dg.MaterializeResult]:
        from pipelines.to_fix import letter_pages, write_to_fix

        settings = workspace.settings()
        with no_values_in_errors("The list of what to fix"):
            page = write_to_fix(settings)
        yield dg.MaterializeResult(
            asset_key=["reports", "what_to_fix"],
            metadata=report_links(workspace, page.relative_to(settings.reports).as_posix()),
        )
        letters = [path.relative_to(settings.reports).as_posix() for path in letter_pages(settings)]
        yield dg.MaterializeResult(asset_key=LETTERS, metadata=letter_links(workspace, letters))

    return [reconciliation, what_to_fix]


def letter_links(workspace: Workspace, pages: list[str]) -> dict[str, dg.MetadataValue | int]:
    """How many letters there are, where, and a link to each: called by source and number, never by a supplier's name."""
    from pipelines.dagster_home import reports_url

    settings = workspace.settings()
    links = "\n".join(f"- [{page.removesuffix('.html')}]({reports_url(settings)}/{page})" for page in pages)
    return {
        "letters": len(pages),
        "open": dg.MetadataValue.md(links or "No file has been received yet."),
        "path": dg.MetadataValue.path(settings.reports / LETTERS.path[-1]),
    }


def report_links(workspace: Workspace, page: str) -> dict[str, dg.MetadataValue]:
    """Links to a page below reports/: as `sendset ui` serves it, and as a file."""
    from pipelines.dagster_home import reports_url

    settings = workspace.settings()
    return {
        "open": dg.MetadataValue.url(f"{reports_url(settings)}/{page}"),
        "path": dg.MetadataValue.path(settings.reports / page),
    }


def _status_check(workspace: Workspace) -> dg.AssetCheckResult:
    import pyarrow.parquet as pq

    rows = pq.read_table(table_path(workspace.settings(), *STATUS.path)).to_pylist()
    late = [row for row in rows if row["status"] != "current"]
    words = "\n".join(f"{row['source']}: {row['status']}. {row['message']}" for row in late)
    return dg.AssetCheckResult(
        passed=not late,
        asset_key=STATUS,
        check_name=STATUS_CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        description=words or "All are current.",
        metadata={"not current": len(late), "suppliers": len(rows)},
    )


def delivery_check(settings: Settings) -> dg.AssetCheckResult:
    """Warns of every delivery that is missing, and of each supplier's last one if that came late.

    It says of which source and period, and how many suppliers; which, core.delivery says to the council alone.
    """
    import pyarrow.parquet as pq

    rows = pq.read_table(table_path(settings, *DELIVERY.path)).to_pylist()
    last = {(row["source"], row["supplier"]): row for row in rows if row["status"] != "not yet due"}
    wrong = [row for row in rows if row["status"] == "missing" or (row["status"] == "late" and row in last.values())]
    told = Counter((row["source"], row["period"], row["status"], row["due_date"]) for row in wrong)
    words = "\n".join(
        f"{source}, {period}: {status}, due on {due}, {count} {'supplier' if count == 1 else 'suppliers'}."
        for (source, period, status, due), count in told.items()
    )
    return dg.AssetCheckResult(
        passed=not wrong,
        asset_key=DELIVERY,
        check_name=DELIVERY_CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        description=words or "All that were due came in time.",
        metadata={status: sum(row["status"] == status for row in rows) for status in STATUSES},
    )


def _inbox_check(workspace: Workspace, sources: list[str]) -> dg.AssetCheckResult:
    from pipelines.ingest.landing import unknown_folders

    unknown = unknown_folders(workspace.settings(), sources)
    words = f"{len(unknown)} files or folders lie in the inbox outside {', '.join(sources)}: nobody reads them there."
    return dg.AssetCheckResult(
        passed=not unknown,
        asset_key=STATUS,
        check_name=INBOX_CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        description=words if unknown else "Nothing does.",
        metadata={"outside known folders": len(unknown)},
    )
