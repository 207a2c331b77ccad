"""One Dagster check per rule of a contract, with counts, plain words and what to do. Never a value.

The counts are over the files in use and each supplier's newest file, even if that was refused: so a file that was
refused long ago and sent again since does not fail a check for ever.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import dagster as dg

from pipelines.contracts import Contract, Rule, Severity
from pipelines.extract import StagedSource
from pipelines.outcomes import FileOutcome, current_outcomes
from pipelines.settings import Settings

FILES_ACCEPTED: Final = "newest_files_accepted"
WHOLE_ROWS: Final = "rows_have_all_cells"
NO_FILE_YET: Final = "No file yet."
NO_RETURN: Final = "Not run: no file is a national return that states what this rule needs."
SEVERITIES: Final[dict[Severity, dg.AssetCheckSeverity]] = {
    "critical": dg.AssetCheckSeverity.ERROR,
    "warning": dg.AssetCheckSeverity.WARN,
    "info": dg.AssetCheckSeverity.WARN,
}
FILE_CHECKS: Final = {
    FILES_ACCEPTED: "The newest file of each supplier can be used. If not, the supplier's last good data stay in use.",
    WHOLE_ROWS: "Each row has as many cells as there are headers. Rows that have not are in no table.",
}


def check_name(rule: Rule) -> str:
    """The name of a rule's check: its id, and its name for people."""
    return f"{rule.id}_{rule.name}"


def check_specs(contract: Contract) -> list[dg.AssetCheckSpec]:
    """A check for the delivery, one for whole rows, and one for each rule."""
    asset = dg.AssetKey(["staging", contract.id])
    specs = [dg.AssetCheckSpec(name, asset=asset, description=words) for name, words in FILE_CHECKS.items()]
    for rule in _rules(contract):
        facts = {"dimension": rule.dimension, "severity": rule.severity, "source": rule.source, "what to do": rule.fix}
        specs.append(dg.AssetCheckSpec(check_name(rule), asset=asset, description=rule.plain_words, metadata=facts))
    return specs


def rule_checks(settings: Settings, contract: Contract, staged: StagedSource) -> list[dg.AssetCheckResult]:
    """The results for a source that was processed; with no file yet, all pass and say so."""
    files = files_that_count(contract, staged.outcomes)
    results = [_files_accepted(contract, files), _whole_rows(contract, files)]
    results += [_rule_check(settings, contract, rule, files) for rule in _rules(contract)]
    return results


def not_processed(contract: Contract, problem: str) -> list[dg.AssetCheckResult]:
    """The results for a source that could not be processed: all fail."""
    severities = dict.fromkeys(FILE_CHECKS, dg.AssetCheckSeverity.ERROR)
    severities |= {check_name(rule): SEVERITIES[rule.severity] for rule in _rules(contract)}
    return [_result(contract, name, False, severity, problem) for name, severity in severities.items()]


def files_that_count(contract: Contract, outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    """The files in use, and the newest of each supplier that was not withdrawn."""
    newest = {outcome.supplier: outcome for outcome in outcomes if not outcome.withdrawn}
    wanted = {outcome.file_id for outcome in (*current_outcomes(contract, list(outcomes)), *newest.values())}
    return [outcome for outcome in outcomes if outcome.file_id in wanted]


def _rules(contract: Contract) -> tuple[Rule, ...]:
    return (*contract.rules, *contract.return_rules)


def _files_accepted(contract: Contract, files: Sequence[FileOutcome]) -> dg.AssetCheckResult:
    refused = [outcome for outcome in files if outcome.refused]
    words = "\n".join(outcome.refusal_message for outcome in refused) or (NO_FILE_YET if not files else "All accepted.")
    counts = {"files": len(files), "files refused": len(refused)}
    return _result(contract, FILES_ACCEPTED, not refused, dg.AssetCheckSeverity.ERROR, words, counts)


def _whole_rows(contract: Contract, files: Sequence[FileOutcome]) -> dg.AssetCheckResult:
    ragged = sum(len(outcome.ragged_row_numbers) for outcome in files)
    words = f"{ragged:,} rows have more or fewer cells than headers." if ragged else _nothing_wrong(files)
    counts = {"failed": ragged, "total": sum(outcome.rows_received for outcome in files)}
    return _result(contract, WHOLE_ROWS, not ragged, dg.AssetCheckSeverity.ERROR, words, counts)


def _rule_check(
    settings: Settings, contract: Contract, rule: Rule, files: Sequence[FileOutcome]
) -> dg.AssetCheckResult:
    found = [result for outcome in files for result in outcome.rule_results if result.rule_id == rule.id]
    broken = [result for result in found if not result.passed]
    failed = sum(max(result.failed, int(result.ran)) for result in broken)
    counts: dict[str, int | str | dg.MetadataValue] = {
        "failed": failed,
        "total": sum(result.total for result in found),
        "files checked": len(found),
        "severity": rule.severity,
        "dimension": rule.dimension,
    }
    words = "\n".join(_unique(result.message for result in broken)) or _nothing_wrong(files)
    if files and not found and rule in contract.return_rules:
        words = NO_RETURN
    if broken:
        counts["what to do"] = rule.fix
        counts["list of what to fix"] = dg.MetadataValue.path(settings.reports / "what_to_fix.html")
    return _result(contract, check_name(rule), not broken, SEVERITIES[rule.severity], words, counts)


def _result(
    contract: Contract,
    name: str,
    passed: bool,
    severity: dg.AssetCheckSeverity,
    words: str,
    metadata: dict[str, int | str | dg.MetadataValue] | dict[str, int] | None = None,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=["staging", contract.id],
        check_name=name,
        severity=severity,
        description=words,
        metadata=metadata,
    )


def _nothing_wrong(files: Sequence[FileOutcome]) -> str:
    return "Nothing to fix." if files else NO_FILE_YET


def _unique(messages: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(messages))
