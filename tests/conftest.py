"""What every test may ask for: settings of its own, a key, and the shared folder where it is there."""

import os
from pathlib import Path

# Its plugin imports it when the session ends if nothing did before, which fails on Python 3.11.7 (recursion depth of ast).
import hypothesis  # noqa: F401
import pytest

from pipelines.ingest.pseudonyms import PseudonymKey, new_key
from pipelines.settings import REPOSITORY, Settings

LONG = ("tests/refresh/", "tests/publish/test_swap.py", "tests/browser/", "tests/docs/")
# A child process of a test must never find the data folder of this clone.
for name in [name for name in os.environ if name.startswith("SENDSET_")]:
    del os.environ[name]
os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
# pyspark-client ends a process that was not started from a file, as the workers of pytest-xdist are not, unless this is set.
os.environ.setdefault("SPARK_HOME", str(REPOSITORY))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder and a key of this test's own, in a path with a space."""
    made = Settings(data_dir=tmp_path / "data folder", key_file=tmp_path / "keys" / "pseudonym.key")
    new_key(made.key_file)
    return made


@pytest.fixture
def key() -> PseudonymKey:
    """A fixed key, so that a pseudonym can be compared."""
    return PseudonymKey("ktest", bytes(range(32)))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Published statistics, samples and reference cases, which are not part of a user's clone."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "published").is_dir():
        pytest.skip("needs the folder of published statistics and reference cases beside the repository")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fail-on-skip", action="store_true", help="A skipped test fails the run (continuous integration)."
    )
    parser.addoption("--kills", type=int, default=3, help="How often the test of killed refreshes kills one.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few and long tests first: at the end one process would wait for them alone."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
