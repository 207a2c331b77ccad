"""Dagster's UI in headless Chromium: open the graph, materialise by clicking, see the checks of each rule."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pipelines.contract_files import load_contract
from pipelines.dagster_home import environment
from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import REPOSITORY, Settings

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOTS = REPOSITORY / "screenshots"
MINUTES = 60_000.0
# Tests that run in the background of a shell inherit that Ctrl+C is ignored; a terminal does not.
START_UI = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from pipelines.dagster_home import run_ui;"
    " from pipelines.settings import Settings; run_ui(Settings())"
)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """The address of a UI with one extract in its inbox."""
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium at /usr/bin/chromium to click through the UI")
    folder = tmp_path_factory.mktemp("ui")
    settings = Settings(
        data_dir=folder / "data", key_file=folder / "keys" / "pseudonym.key", ui_port=_free_port(), alert_webhook=""
    )
    new_key(settings.key_file)
    _drop_extract(settings.inbox / "exclusions")
    with (folder / "ui.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START_UI],
            cwd=REPOSITORY,
            env={**os.environ, **environment(settings)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{settings.ui_port}"
        try:
            _wait_for(address, process)
            yield address, settings
        finally:
            # Shown with a failed test: why a run could not be started, for one.
            print((folder / "ui.log").read_text(encoding="utf-8")[-4000:])
            os.killpg(process.pid, 2)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


@pytest.fixture
def page(ui: tuple[str, Settings]) -> Iterator[Page]:
    SCREENSHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(2 * MINUTES)
        expect.set_options(timeout=MINUTES)
        yield page
        browser.close()


def test_the_asset_graph_shows_the_stages(ui: tuple[str, Settings], page: Page) -> None:
    page.goto(f"{ui[0]}/asset-groups")
    expect(page.get_by_text("quarantine").first).to_be_visible()
    expect(page.get_by_text("measures").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "asset_graph.png")


def test_an_analyst_materialises_by_clicking_and_sees_a_check_per_rule(ui: tuple[str, Settings], page: Page) -> None:
    address, settings = ui
    _materialise(page, f"{address}/assets/landing/exclusions")
    assert not list((settings.inbox / "exclusions").glob("*.csv"))
    _materialise(page, f"{address}/assets/staging/exclusions")
    page.goto(f"{address}/assets/staging/exclusions")
    expect(page.get_by_text("rows quarantined").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "staging_exclusions.png")
    page.goto(f"{address}/assets/staging/exclusions?view=checks")
    rule = load_contract("exclusions").rules[0]
    expect(page.get_by_text(rule.id).first).to_be_visible()
    page.get_by_text(rule.id).first.click()
    expect(page.get_by_text("total").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "checks_of_exclusions.png")


def _materialise(page: Page, address: str) -> None:
    """Click, and wait until the run that this starts has succeeded, or one that Dagster started again in its place."""
    server, _, asset = address.partition("/assets/")
    before = {run["runId"] for run in _runs(server)}
    page.goto(address)
    page.get_by_role("button", name="Materialize").first.click()
    deadline = time.monotonic() + 10 * 60
    while time.monotonic() < deadline:
        confirm = page.get_by_role("button", name="Confirm")
        if confirm.is_visible():
            confirm.click()
        # The sensor of the inbox may start a run too.
        ours = [run for run in _runs(server) if run["runId"] not in before and asset in run["assets"]]
        if any(run["status"] == "SUCCESS" for run in ours):
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(f"No run of {asset} succeeded: {_runs(server)}")


def _runs(server: str) -> list[dict[str, str]]:
    """Id, status and assets of each run, newest first."""
    query = "{runsOrError(limit: 20) {... on Runs {results {runId status assetSelection {path}}}}}"
    request = urllib.request.Request(
        f"{server}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        runs = json.load(answer)["data"]["runsOrError"]["results"]
    return [
        {**run, "assets": " ".join("/".join(key["path"]) for key in run.pop("assetSelection") or ())} for run in runs
    ]


def _drop_extract(folder: Path) -> None:
    names = [column.name for column in load_contract("exclusions").columns]
    folder.mkdir(parents=True)
    row = {"date_of_birth": "12/05/2012", "school_urn": "900001", "start_date": "31/02/2025", "category": "SUSP"}
    lines = [names, [row.get(name, "") for name in names]]
    (folder / "exclusions_autumn.csv").write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, "the UI ended by itself"
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the UI did not start within five minutes")


def _free_port() -> int:
    """A port with the next one free too: the reports are served there."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
