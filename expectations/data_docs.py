"""The Great Expectations Data Docs: a static site that shows the last result of each file, in counts and plain words.

It is made from ``FileValidation``, which holds no values, and not from what Great Expectations returned.
"""

import re
import shutil
from collections.abc import Iterable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from expectations import import_great_expectations
from expectations.results import FileValidation, RuleResult
from pipelines.contracts import Contract

if TYPE_CHECKING:
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.data_context.store.store import DataDocsSiteConfigTypedDict
    from great_expectations.expectations.expectation import Expectation

SITE: Final = "data_docs"
FETCHED: Final = re.compile(
    r"""<script[^>]*\bsrc=["']?(?:https?:)?//[^>]*>.*?</script>|<(?:link|img)\b[^>]*\b(?:href|src)=["']?(?:https?:)?//[^>]*>""",
    re.DOTALL | re.IGNORECASE,
)
STYLE: Final = """
body { font: 16px/1.5 sans-serif; margin: 1rem auto; max-width: 75rem; padding: 0 1rem; color: #0b0c0c; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid #b1b4b6; padding: .4rem;
text-align: left; vertical-align: top; } pre { white-space: pre-wrap; } .text-danger { color: #a3120a; }
.text-success { color: #00592f; } .fa-check-circle::before { content: "\\2713"; } .fa-times::before { content: "\\2717"; }
.fa-exclamation-triangle::before { content: "!"; }
"""


def build_data_docs(
    validations: Iterable[FileValidation], contracts: Iterable[Contract], reports: Path, made_at: datetime
) -> Path:
    """Build the site under ``reports/data_docs`` from the last validation of each file; returns its index page.

    The site is made beside and put in the place of the old one when it is whole. A validation whose source has no
    contract any more is left out. Nothing on the pages is loaded from the internet.
    """
    import_great_expectations()
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    from expectations.duckdb_datasource import ephemeral_context
    from expectations.suites import suite_of

    by_id = {contract.id: contract for contract in contracts}
    beside = reports / f".{SITE}.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    context = ephemeral_context()
    context.add_data_docs_site(SITE, _site_config(beside))
    shown = [validation for validation in validations if validation.source in by_id]
    for validation in shown:
        suite = suite_of(by_id[validation.source], by_id[validation.source].rules, validation.as_at)
        context.suites.add_or_update(suite)
        context.validation_results_store.store_validation_results(
            _suite_result(suite, validation, made_at),
            ValidationResultIdentifier(
                expectation_suite_identifier=ExpectationSuiteIdentifier(suite.name),
                run_id=RunIdentifier(run_name=validation.file_id, run_time=made_at),
                batch_identifier=validation.file_id,
            ),
        )
    context.build_data_docs(site_names=[SITE])
    for page in beside.rglob("*.html"):
        page.write_text(_offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    _write_index(beside, shown)
    site = reports / SITE
    shutil.rmtree(site, ignore_errors=True)
    beside.replace(site)
    return site / "index.html"


def _site_config(directory: Path) -> "DataDocsSiteConfigTypedDict":
    return {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(directory)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
    }


def _suite_result(
    suite: "ExpectationSuite", validation: FileValidation, made_at: datetime
) -> "ExpectationSuiteValidationResult":
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

    results = {result.rule_id: result for result in validation.rule_results}
    shown = [
        _expectation_result(expectation, results[rule_id])
        for expectation in suite.expectations
        if (rule_id := str((expectation.meta or {}).get("rule_id"))) in results
    ]
    passed = sum(bool(result.success) for result in shown)
    return ExpectationSuiteValidationResult(
        success=passed == len(shown),
        results=shown,
        suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(shown),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(shown) - passed,
            "success_percent": 100 * passed / len(shown) if shown else None,
        },
        meta={
            "run_id": {"run_name": validation.file_id, "run_time": made_at.isoformat()},
            "active_batch_definition": {"data_asset_name": validation.source},
            "file_id": validation.file_id,
            "as_at": validation.as_at.isoformat(),
            "accepted_rows": validation.accepted_rows,
            "quarantined_rows": validation.quarantined_rows,
            "refused": validation.refused,
        },
    )


def _expectation_result(expectation: "Expectation", result: RuleResult) -> "ExpectationValidationResult":
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

    counts: dict[str, object] = {}
    if result.ran:
        counts = {
            "element_count": result.total,
            "unexpected_count": result.failed,
            "unexpected_percent": 100 * result.failed / result.total if result.total else 0.0,
            "observed_value": result.failed,
        }
    return ExpectationValidationResult(
        success=result.passed,
        expectation_config=expectation.configuration,
        result=counts,
        exception_info={
            "raised_exception": not result.ran,
            "exception_message": result.message,
            "exception_traceback": "",
        },
    )


def _write_index(site: Path, validations: list[FileValidation]) -> None:
    """A plain index in the place of the original, which shows nothing without scripts fetched from the internet."""
    heads = ("Source", "File", "As at", "Rows", "Accepted", "Quarantined", "Rules not kept", "State")
    lines = ["<tr>" + "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>"]
    for validation in sorted(validations, key=lambda validation: (validation.source, validation.file_id)):
        pages = (site / "validations" / validation.source / validation.file_id).rglob("*.html")
        file = escape(validation.file_id)
        for page in pages:
            file = f'<a href="{escape(page.relative_to(site).as_posix())}">{file}</a>'
        cells = (
            escape(validation.source),
            file,
            validation.as_at.isoformat(),
            f"{validation.total_rows:,}",
            f"{validation.accepted_rows:,}",
            f"{validation.quarantined_rows:,}",
            str(sum(not result.passed for result in validation.rule_results)),
            "refused" if validation.refused else "usable",
        )
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    (site / "index.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data Docs</title><style>{STYLE}</style>'
        f"</head><body><h1>What was checked, file by file</h1><table>{''.join(lines)}</table></body></html>\n",
        encoding="utf-8",
    )


def _offline(page: str) -> str:
    """The page without the scripts, styles and pictures that it would fetch from others, and with a style of its own."""
    return FETCHED.sub("", page).replace("</head>", f"<style>{STYLE}</style></head>", 1)
