"""The Great Expectations Data Docs: a static site that shows the last result of each file, in counts and plain words.

It is made from ``FileValidation``, which holds no values, and not from what Great Expectations returned.
"""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.results import FileValidation, RuleResult
from pipelines.contracts import Contract, Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

SITE = "data_docs"


def build_data_docs(
    validations: Iterable[FileValidation], contracts: Iterable[Contract], reports: Path, made_at: datetime
) -> Path:
    """Build the site under ``reports/data_docs`` from the last validation of each file; its index page.

    The site is made beside and put in the place of the old one when it is whole. A validation whose source has no
    contract any more is left out.
    """
    # Great Expectations takes seconds to import.
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )
    from great_expectations.core.run_identifier import RunIdentifier

    from expectations.duckdb_datasource import ephemeral_context
    from expectations.suites import suite_of

    by_id = {contract.id: contract for contract in contracts}
    beside = reports / f".{SITE}.new"
    shutil.rmtree(beside, ignore_errors=True)
    context = ephemeral_context()
    context.add_data_docs_site(
        SITE,
        {
            "class_name": "SiteBuilder",
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(beside)},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
        },
    )
    for validation in validations:
        contract = by_id.get(validation.source)
        if contract is None:
            continue
        suite = suite_of(contract, None, validation.as_at)
        context.suites.add_or_update(suite)
        context.validation_results_store.store_validation_results(
            suite_validation_result=_suite_result(contract, validation, suite.name, made_at),
            suite_validation_result_identifier=ValidationResultIdentifier(
                expectation_suite_identifier=ExpectationSuiteIdentifier(suite.name),
                run_id=RunIdentifier(run_name=validation.file_id, run_time=made_at),
                batch_identifier=validation.file_id,
            ),
        )
    context.build_data_docs(site_names=[SITE])
    return beside
