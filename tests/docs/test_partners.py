"""docs/partners.md: what can run here runs, against a release, as it stands on the page; the rest names what there is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import duckdb
import pytest

from pipelines.ingest.pseudonyms import new_key
from pipelines.publish import list_releases
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import REPOSITORY, Settings
from tests.publish.small_release import publish

PAGE: Final = REPOSITORY / "docs" / "partners.md"
BLOCK: Final = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a language, in the order of the page."""
    return [found["text"] for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")) if found["kind"] == kind]


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release, as a partner copied it."""
    place = tmp_path_factory.mktemp("partner")
    settings = Settings(data_dir=place / "data", key_file=place / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    publish(settings)
    folder = place / "what partners get"
    shutil.copytree(list_releases(settings)[0].folder, folder)
    return folder


def run(code: str, folder: Path, packages: Path | None = None) -> str:
    """Run Python in the partner's folder, without this repository; what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if packages:
        environment["PYTHONPATH"] = str(packages)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_block_of_python_runs_and_leaves_what_it_says(partner: Path) -> None:
    code = blocks("python")
    assert len(code) == 5
    # The workbook comes after the checksums: it lies in the folder and is no part of the release.
    printed = run("\n".join(code), partner)
    assert "7 years" in printed
    assert "Issued within 20 weeks" in printed
    assert (partner / "send_shared.xlsx").stat().st_size > 5000


def test_the_check_of_what_was_published_fails_for_a_changed_file(partner: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(partner, changed)
    (changed / "csv" / "measure.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"csv/measure\.csv"):
        run(blocks("python")[-1], changed)


@pytest.mark.parametrize("version", ["1.0.0", "1.1.3", "1.4.4", "newest", "2.0.0"])
def test_the_sql_gives_the_same_in_old_and_new_duckdb(partner: Path, version: str) -> None:
    packages = None if version == "newest" else REPOSITORY / ".duckdb-versions" / version
    if packages and not packages.is_dir():
        pytest.skip(f"DuckDB {version} is not installed in {packages.name}; make test installs it")
    (sql,) = blocks("sql")
    code = (
        "import duckdb\nprint(duckdb.__version__)\n"
        "connection = duckdb.connect('send_shared.duckdb', read_only=True)\n"
        f"for statement in {sql!r}.split(';')[:-1]:\n    print(connection.execute(statement).fetchall())\n"
    )
    said, *rows = run(code, partner, packages).splitlines()
    assert said == (duckdb.__version__ if version == "newest" else version)
    assert len(rows) == 5
    assert all(f"'{table.name}'" in rows[0] for table in load_shared_contract().tables)
    assert rows[1].count("datetime.date") == 7
    assert "'F', None, None, None, 'c'" in rows[2] and "('M', " in rows[2]
    assert rows[3:] == ["[]", "[]"], "the small release has no themes and no quotes"


def test_the_query_of_the_recipe_for_r_gives_every_year(partner: Path) -> None:
    (code,) = blocks("r")
    sql = re.search(r'dbGetQuery\(connection, "(.*?)"\)', code, re.DOTALL)
    assert sql is not None
    with duckdb.connect(str(partner / "send_shared.duckdb"), read_only=True) as connection:
        assert len(connection.execute(sql[1]).fetchall()) == 7


def test_the_queries_for_excel_and_power_bi_name_files_and_columns_that_there_are(partner: Path) -> None:
    columns = {column.name for column in load_shared_contract().table("observation").columns}
    queries = blocks("m")
    assert len(queries) == 2
    for query in queries:
        (path,) = re.findall(r'File\.Contents\("C:\\send\\(.*?)"\)', query)
        assert (partner / path.replace("\\", "/")).is_file()
        named = set(re.findall(r'\{"(\w+)", type', query)) | set(re.findall(r"\[(\w+)\] (?:=|<>)", query))
        assert named and named <= columns


def test_every_status_that_the_page_explains_is_one_that_partners_meet(partner: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    explained = set(re.findall(r"`(\w+)`: ", text.partition("Four things")[2].partition("- Don't")[0]))
    assert explained == {"c", "x", "z", "u", "h"}
    for table in re.findall(r"(?:csv|parquet)[/\\](\w+)\.(?:csv|parquet)", text):
        assert (partner / "csv" / f"{table}.csv").is_file()
