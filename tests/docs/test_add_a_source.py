"""docs/add-a-source.md, followed word for word in a copy of the repository: what it says is what happens."""

import csv
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pytest

from pipelines.settings import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "add-a-source.md"
SOURCE: Final = "home_to_school_transport"
BLOCK: Final = re.compile(r"^(?P<lead>[^\n]+)\n\n```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MADE_AT_RUN_TIME: Final = shutil.ignore_patterns(
    ".git", ".venv", ".duckdb-versions", ".keys", "__pycache__", ".*_cache", "screenshots", "out"
)
# Prints where the packages come from and what Dagster would load.
LOOK: Final = f"""
import dagster as dg, assets, expectations, pipelines
from pipelines.definitions import defs
for package in (assets, expectations, pipelines):
    print("package", package.__file__)
graph = defs.resolve_asset_graph()
for key in graph.asset_check_keys:
    if key.asset_key == dg.AssetKey(["staging", "{SOURCE}"]):
        print("check", key.name)
for key in graph.get_all_asset_keys():
    print("asset", key.to_user_string())
for job in defs.resolve_all_job_defs():
    print("job", job.name)
"""


@dataclass(frozen=True)
class Block:
    """A fenced block and the line before it, which says what to do with it."""

    lead: str
    text: str


@dataclass
class Followed:
    """What came of following the page."""

    copy: Path
    environment: Mapping[str, str]
    differences: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def warehouse(self) -> Path:
        return self.copy / "data" / "warehouse" / "warehouse.duckdb"

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The interpreter of this test, with the packages of the copy."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.copy,
            env=dict(self.environment),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def follow(self, blocks: list[Block]) -> None:
        """Do what each block says; a block whose line before it is not understood is an error."""
        printed, answer = "", ""
        for block in blocks:
            lead = block.lead
            if path := re.fullmatch(r"Write `([^`]+)`:", lead):
                self._write(path[1], block.text, "x")
            elif path := re.fullmatch(r"Add to the end of `([^`]+)`:", lead):
                self._write(path[1], block.text, "a")
            elif code := re.fullmatch(r"Run, exit code (\d):", lead):
                printed = self._run(block.text.strip(), int(code[1]))
            elif lead == "It prints:":
                self._compare(lead, printed.strip(), block.text.strip())
            elif lead.endswith("it prints among other lines:"):
                missing = [line for line in block.text.splitlines() if line not in printed.splitlines()]
                self._compare(lead, "\n".join(missing), "")
            elif lead == "Ask:":
                answer = self._ask(block.text)
            elif lead == "The answer:":
                self._compare(lead, answer, block.text)
            else:
                raise AssertionError(f"the page has a block that nobody can follow, after: {lead}")
            self.done.append(lead)

    def _write(self, path: str, text: str, mode: str) -> None:
        target = self.copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _run(self, command: str, expected: int) -> str:
        name, *arguments = shlex.split(command)
        assert name == "sendset"
        ended = self.python("-m", "pipelines.cli", *arguments)
        assert ended.returncode == expected, f"{command}: {ended.returncode}\n{ended.stdout}\n{ended.stderr[-3000:]}"
        return ended.stdout

    def _ask(self, sql: str) -> str:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            found = connection.execute(sql)
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([column[0] for column in found.description or ()])
            writer.writerows(found.fetchall())
        return out.getvalue()

    def _compare(self, lead: str, found: str, said: str) -> None:
        if found != said:
            self.differences.append(f"{lead}\n--- the page says\n{said}\n--- but it is\n{found}")


def blocks_of(page: str) -> list[Block]:
    return [Block(match["lead"], match["text"]) for match in BLOCK.finditer(page)]


def names_from_git() -> list[str]:
    """Tracked files and those that git would take; none where there is no git."""
    if shutil.which("git") is None:
        return []
    command = ["git", "ls-files", "-coz", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    return [name for name in listed.stdout.decode().split("\0") if name] if listed.returncode == 0 else []


def copy_repository(target: Path) -> None:
    """What git has or would take; a folder without git is copied but for what is made at run time."""
    if names := names_from_git():
        for name in names:
            if (REPOSITORY / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(REPOSITORY / name, target / name)
        return
    for path in REPOSITORY.iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)
        elif path.name == "data":
            shutil.copytree(path / "reference", target / "data" / "reference")
        elif not MADE_AT_RUN_TIME(str(REPOSITORY), [path.name]):
            shutil.copytree(path, target / path.name, ignore=MADE_AT_RUN_TIME)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """The page followed once, in a copy whose path has a space."""
    folder = tmp_path_factory.mktemp("add a source")
    copy = folder / "a copy"
    copy.mkdir()
    copy_repository(copy)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SENDSET_", "DAGSTER_"))}
    environment |= {
        "PYTHONPATH": str(copy),
        "PYTHONUTF8": "1",
        "SENDSET_DATA_DIR": str(copy / "data"),
        "SENDSET_KEY_FILE": str(folder / "keys" / "pseudonym.key"),
    }
    result = Followed(copy, environment)
    result.follow(blocks_of(PAGE.read_text(encoding="utf-8")))
    return result


@pytest.fixture(scope="module")
def loaded(followed: Followed) -> dict[str, set[str]]:
    """What the packages of the copy are, and what Dagster loads from them."""
    ended = followed.python("-W", "ignore", "-c", LOOK)
    assert ended.returncode == 0, ended.stderr[-3000:]
    found: dict[str, set[str]] = {}
    for kind, name in (line.split(" ", 1) for line in ended.stdout.splitlines()):
        found.setdefault(kind, set()).add(name)
    return found


def test_every_block_of_the_page_can_be_followed_and_comes_true(followed: Followed) -> None:
    assert not followed.differences, "\n\n".join(followed.differences)
    assert len(followed.done) == PAGE.read_text(encoding="utf-8").count("```") / 2
    assert followed.done.count("It prints:") == 1 and followed.done.count("The answer:") == 3


def test_it_takes_one_contract_one_select_and_codes_and_no_python() -> None:
    wanted = r"(?:Write|Add to the end of) `([^`]+)`:"
    leads = [re.fullmatch(wanted, block.lead) for block in blocks_of(PAGE.read_text(encoding="utf-8"))]
    assert [lead[1] for lead in leads if lead] == [
        "data/reference/code_sets.csv",
        f"expectations/contracts/{SOURCE}.yaml",
        "sql/core/transport.sql",
        f"data/inbox/{SOURCE}/transport_autumn.csv",
    ]


def test_what_ran_was_the_copy(followed: Followed, loaded: dict[str, set[str]]) -> None:
    assert len(loaded["package"]) == 3
    assert all(Path(file).is_relative_to(followed.copy) for file in loaded["package"])


def test_dagster_has_one_check_per_rule_and_the_assets_and_the_job(
    followed: Followed, loaded: dict[str, set[str]]
) -> None:
    contract = (followed.copy / "expectations" / "contracts" / f"{SOURCE}.yaml").read_text(encoding="utf-8")
    rules = re.findall(r"- id: (TRA_\d{3})\n\s+name: (\w+)", contract)
    of_rules = {name for name in loaded["check"] if name.startswith("TRA_")}
    assert len(rules) == 8 and of_rules == {f"{rule}_{name}" for rule, name in rules}
    layers = ("landing", "raw", "staging", "quarantine")
    assert {"core/transport", *(f"{layer}/{SOURCE}" for layer in layers)} <= loaded["asset"]
    assert f"refresh_{SOURCE}" in loaded["job"]


def test_the_warehouse_file_describes_the_table_and_each_of_its_columns(followed: Followed) -> None:
    sql = (followed.copy / "sql" / "core" / "transport.sql").read_text(encoding="utf-8")
    described = re.findall(r"^-- (\w+): (.+)$", sql, re.MULTILINE)
    with duckdb.connect(str(followed.warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'core' and table_name = 'transport'"
        ).fetchall()
        table = connection.execute(
            "select comment, estimated_size from duckdb_tables() where schema_name = 'core' and table_name = 'transport'"
        ).fetchone()
    assert columns == described and len(described) == 8
    assert table is not None and table[0].startswith("One row per child and application") and table[1] == 4


def test_the_supplier_is_told_of_both_faults(followed: Followed) -> None:
    with (followed.copy / "data" / "reports" / "what_to_fix.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [(line["rule_id"], line["row_number"], line["severity"]) for line in csv.DictReader(file)]
    assert lines == [("TRA_004", "5", "critical"), ("TRA_005", "6", "warning")]
