"""What families write: quotes that two people approved, and how well the scrubber of quotes does."""

from collections.abc import Iterator

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.resources import Workspace
from pipelines.tables import table_path
from pipelines.voice.quotes import QUOTE, STATE, STATE_COLUMNS, STATE_WORDS, build_quotes

RECALL = ("shared", "scrubber_recall")
APPROVALS_CHECK = "quote_approvals_are_readable"


@dg.multi_asset(
    name="quotes",
    specs=[
        spec(
            QUOTE,
            "shared",
            "One row per approved quote and theme, before disclosure control; council only.",
            [("staging", "family_survey"), ("core", "response"), ("core", "comment_theme"), ("reference", "code_book")],
            kinds=("python", "parquet"),
        ),
        spec(
            STATE,
            "core",
            STATE_WORDS,
            [("staging", "family_survey"), ("core", "response"), ("core", "comment_theme"), ("reference", "code_book")],
            kinds=("python", "parquet"),
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            APPROVALS_CHECK,
            asset=dg.AssetKey(list(STATE)),
            description="data/quote_approvals.csv can be read, and each of its lines keeps its contract.",
        )
    ],
)
def quotes(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
    """Scrub the comments that may be quoted, write the list to review, and take over what is approved."""
    settings = workspace.settings()
    with no_values_in_errors("The quotes"):
        built = build_quotes(settings, workspace.day(context))
    yield dg.MaterializeResult(
        asset_key=dg.AssetKey(list(QUOTE)), metadata=table_metadata(table_path(settings, *QUOTE))
    )
    wrong = f"{built.lines_to_correct} lines of the list break a rule." if built.lines_to_correct else ""
    yield dg.MaterializeResult(
        asset_key=dg.AssetKey(list(STATE)),
        metadata=table_metadata(table_path(settings, *STATE), STATE_COLUMNS) | built.by_state,
        check_results=[
            dg.AssetCheckResult(
                passed=not (built.problem or wrong),
                asset_key=dg.AssetKey(list(STATE)),
                check_name=APPROVALS_CHECK,
                severity=dg.AssetCheckSeverity.ERROR if built.problem else dg.AssetCheckSeverity.WARN,
                description=built.problem or wrong or "Each line keeps its contract.",
            )
        ],
    )


@dg.multi_asset(
    name="scrubber_recall",
    specs=[
        spec(
            RECALL,
            "shared",
            "One row per kind of identifier: how many planted ones the scrubber of quotes takes out of made-up comments.",
            [("reference", "refresh")],
            kinds=("python", "parquet"),
        )
    ],
)
def scrubber_recall(workspace: Workspace) -> dg.MaterializeResult:
    """Measure the scrubber; fails, and with it the release, where it misses an identifier that has a form."""
    import pyarrow.parquet as pq

    from pipelines.tables import replace_atomically
    from pipelines.voice.recall import ALL, check_recall, measure_recall, recall_table

    output = table_path(workspace.settings(), *RECALL)
    with no_values_in_errors("The test of the scrubber"):
        found = measure_recall()
        check_recall(found)
        with replace_atomically(output) as beside:
            pq.write_table(recall_table(found), beside)
    overall = next(one.recall_pct for one in found if one.kind == ALL)
    return dg.MaterializeResult(metadata=table_metadata(output) | {"recall in percent": str(overall)})
