"""The lists that the council keeps: what became of each correction, and how many responses left with their consent."""

from collections.abc import Iterator

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.contracts import Contract
from pipelines.ledgers import consent, states
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.tables import table_path

CORRECTION, CONSENT = dg.AssetKey(list(states.TABLE)), dg.AssetKey(list(consent.TABLE))
CORRECTIONS_CHECK = "no_value_needs_correction"
CONSENT_CHECK = "consent_list_is_readable"


def ledger_assets(contracts: list[Contract]) -> dg.AssetsDefinition:
    """The two tables, made after the staging tables that they tell of."""
    staged = [("staging", contract.id) for contract in contracts]
    with_consent = [("staging", contract.id) for contract in contracts if contract.consent_list]

    @dg.multi_asset(
        name="ledgers",
        specs=[
            spec(states.TABLE, "core", states.TABLE_WORDS, staged),
            spec(consent.TABLE, "core", consent.TABLE_WORDS, with_consent),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CORRECTIONS_CHECK,
                asset=CORRECTION,
                description="Every line of data/corrections.csv is valid, and its source is right by now.",
            ),
            dg.AssetCheckSpec(
                CONSENT_CHECK,
                asset=CONSENT,
                description="data/consent_withdrawals.csv can be read, and each of its lines keeps its contract.",
            ),
        ],
    )
    def ledgers(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
        settings, as_at = workspace.settings(), workspace.day(context)
        with no_values_in_errors("What became of corrections and consent"):
            unreadable = states.build_correction_table(settings, as_at)
            problems = consent.build_consent_table(settings, as_at)
        checks = {CORRECTION: corrections_check(settings, unreadable), CONSENT: consent_check(settings, problems)}
        words = {CORRECTION: states.COLUMN_WORDS, CONSENT: consent.COLUMN_WORDS}
        for key, check in checks.items():
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=table_metadata(table_path(settings, *key.path), words[key]),
                check_results=[check],
            )

    return ledgers


def corrections_check(settings: Settings, unreadable: str) -> dg.AssetCheckResult:
    """Warns while a correction is applied, expired, about no row, or not valid; fails where the ledger cannot be read."""
    counts = states.lines_by_status(settings)
    told = ", ".join(f"{counts[status]} {status}" for status in states.TO_TELL if counts.get(status))
    return dg.AssetCheckResult(
        passed=not unreadable and not told,
        asset_key=CORRECTION,
        check_name=CORRECTIONS_CHECK,
        severity=dg.AssetCheckSeverity.ERROR if unreadable else dg.AssetCheckSeverity.WARN,
        description=unreadable
        or (f"Lines of the ledger: {told}. core.correction says which." if told else "Nothing is corrected."),
        metadata={"lines": sum(counts.values()), **counts},
    )


def consent_check(settings: Settings, problems: list[str]) -> dg.AssetCheckResult:
    """Fails where the list cannot be used, and warns where a line breaks its contract. Ids that no file holds are no fault."""
    import pyarrow.parquet as pq

    (counts,) = pq.read_table(table_path(settings, *CONSENT.path)).to_pylist()
    to_correct = counts["lines_to_correct"]
    left = f"{counts['responses_left_out']} responses left out"
    return dg.AssetCheckResult(
        passed=not problems and not to_correct,
        asset_key=CONSENT,
        check_name=CONSENT_CHECK,
        severity=dg.AssetCheckSeverity.ERROR if problems else dg.AssetCheckSeverity.WARN,
        description="\n".join(problems)
        or (f"{to_correct} lines of the list break a rule; {left}." if to_correct else f"{left}."),
        metadata=counts | {"ids that no file holds": max(counts["ids_on_list"] - counts["ids_found"], 0)},
    )
