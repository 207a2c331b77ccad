"""The definitions: what is wired in, and that the graph is the one that the files say."""

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from assets.catalogue import FRESHNESS
from assets.rule_checks import FILE_CHECKS, check_name
from pipelines.contract_files import load_contracts
from pipelines.definitions import defs
from pipelines.models import load_models

CONTRACTS = load_contracts()
MODELS = load_models()


@pytest.fixture(scope="module")
def graph() -> AssetGraph:
    return defs.resolve_asset_graph()


def test_definitions_are_valid() -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_every_rule_of_a_contract_has_one_check_on_its_staging_table(contract, graph: AssetGraph) -> None:
    staging = dg.AssetKey(["staging", contract.id])
    checks = {key.name for key in graph.asset_check_keys if key.asset_key == staging}
    rules = (*contract.rules, *contract.return_rules)
    assert checks == {check_name(rule) for rule in rules} | set(FILE_CHECKS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)
def test_a_model_depends_on_the_tables_that_its_sql_reads(model, graph: AssetGraph) -> None:
    node = graph.get(dg.AssetKey([model.layer, model.name]))
    assert {".".join(key.path) for key in node.parent_keys} == set(model.reads)
    assert node.description == model.description
    references = node.metadata["dagster/code_references"].code_references
    assert [reference.file_path for reference in references] == [str(model.path)]


def test_every_table_that_is_read_is_made_by_an_asset(graph: AssetGraph) -> None:
    made = graph.materializable_asset_keys
    missing = {key for made_key in made for key in graph.get(made_key).parent_keys} - made
    assert missing == set()


def test_every_asset_has_group_owner_kind_description_and_the_freshness_policy(graph: AssetGraph) -> None:
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.owners and node.kinds and node.description, key
        assert node.freshness_policy == FRESHNESS, key


def test_the_refresh_makes_everything(graph: AssetGraph) -> None:
    assert _made_by("refresh") == graph.materializable_asset_keys


def test_the_job_of_a_source_leaves_other_sources_alone_and_ends_in_a_release() -> None:
    made = {tuple(key.path) for key in _made_by("refresh_exclusions")}
    assert {("landing", "exclusions"), ("staging", "exclusions"), ("core", "suspension")} <= made
    assert {
        ("reference", "refresh"),
        ("release", "send_shared"),
        ("reports", "what_to_fix"),
        ("reports", "letters"),
    } <= made
    assert not any(layer in ("landing", "raw", "staging") and name != "exclusions" for layer, name in made)


def test_the_nightly_run_is_at_two_by_the_clock_in_london() -> None:
    nightly = defs.resolve_schedule_def("nightly")
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "Europe/London")
    assert nightly.default_status == dg.DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize("job", ["refresh", "refresh_exclusions"])
def test_a_run_that_was_killed_begins_again_from_its_first_step(job: str) -> None:
    assert defs.resolve_job_def(job).tags["dagster/retry_strategy"] == "ALL_STEPS"


def _made_by(job: str) -> set[dg.AssetKey]:
    return set(defs.resolve_job_def(job).asset_layer.executable_asset_keys)
