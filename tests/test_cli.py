"""The command `sendset`: what it offers, and exit codes 0 done, 1 the data needs attention, 2 wrong use."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import REPOSITORY, Settings

HEADERS: Final = (
    "UPN,URN,Start date,Category,Sessions,Reason 1,SEN provision,Primary need,DOB,Gender,Ethnicity,NC year,Postcode"
)
GOOD_ROW: Final = "K839999915990,900002,05/03/2025,SUSP,4,PP,K,SEMH,01/05/2012,M,WBRI,8,ZZ01 1AA"
BAD_ROW: Final = "A839999915990,900002,31/02/2025,SUSP,4,PP,K,SEMH,01/05/2012,M,WBRI,8,ZZ01 1AA"
README: Final = REPOSITORY / "README.md"


def commands_of_the_readme() -> dict[str, set[str]]:
    """Command → options, from the table of the README."""
    found: dict[str, set[str]] = {}
    for usage in re.findall(r"^\| `sendset ([^`]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE):
        words = re.match(r"[a-z]+(?: [a-z]+)*", usage)
        assert words is not None
        found[words[0]] = set(re.findall(r"--[a-z-]+", usage))
    return found


def commands_of_the_program() -> dict[str, set[str]]:
    """Command → options that it takes."""
    found: dict[str, set[str]] = {}
    for name, command in get_command(app).commands.items():  # pyright: ignore[reportAttributeAccessIssue]
        alone = {"": command} if getattr(command, "invoke_without_command", True) else {}
        for inner, leaf in (alone | getattr(command, "commands", {})).items():
            options = {option for parameter in leaf.params for option in parameter.opts if option.startswith("--")}
            found[f"{name} {inner}".strip()] = options
    return found


def sendset(settings: Settings, *arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """The command as people run it, in a process of its own."""
    environment = os.environ | {
        "SENDSET_DATA_DIR": str(settings.data_dir),
        "SENDSET_KEY_FILE": str(settings.key_file),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def without_key(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data folder", key_file=tmp_path / "keys" / "none.key")


def write(folder: Path, *rows: str) -> Path:
    file = folder / "exclusions autumn.csv"
    file.write_text("\n".join([HEADERS, *rows]) + "\n", encoding="utf-8")
    return file


def test_the_readme_names_every_command_and_only_options_that_there_are() -> None:
    said, there = commands_of_the_readme(), commands_of_the_program()
    assert set(said) == set(there)
    for command, options in said.items():
        assert options <= there[command], command


def test_every_command_takes_data_dir() -> None:
    assert [command for command, options in commands_of_the_program().items() if "--data-dir" not in options] == []


@pytest.mark.parametrize("command", ["", *sorted(commands_of_the_program())])
def test_help_says_what_a_command_does_and_exits_0(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["refresh", "--no-such-option"],
        ["refresh", "--as-at", "30/09/2026"],
        ["refresh", "--published", "no such folder"],
        ["generate"],
        ["generate", "--out", "somewhere", "--scale", "galaxy"],
        ["generate", "--out", "somewhere", "--mess", "0.9"],
        ["generate", "--out", "somewhere", "--as-at", "2023-12-31"],
        ["demo", "--as-at", "2023-12-31"],
        ["check"],
        ["explain"],
        ["key"],
        ["key", "old"],
    ],
    ids=" ".join,
)
def test_wrong_use_exits_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_check_of_a_good_file_exits_0_and_needs_no_key(without_key: Settings, tmp_path: Path) -> None:
    result = sendset(without_key, "check", str(write(tmp_path, GOOD_ROW)), "--as-at", "2025-06-30")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 rows can be used, 0 can not" in result.stdout
    assert not without_key.key_file.exists() and not without_key.data_dir.exists()


def test_check_of_a_bad_file_exits_1_and_repeats_nothing_of_it(without_key: Settings, tmp_path: Path) -> None:
    result = sendset(without_key, "check", str(write(tmp_path, BAD_ROW, GOOD_ROW)), "--as-at", "2025-06-30")
    assert result.returncode == 1, result.stderr
    assert "(column C (start_date), row 2)" in result.stdout
    for value in ("A839999915990", "31/02/2025", "01/05/2012"):
        assert value not in result.stdout + result.stderr


def test_check_of_a_file_of_no_known_source_exits_1(without_key: Settings, tmp_path: Path) -> None:
    strange = tmp_path / "strange.csv"
    strange.write_text("colour,size\nred,4\n", encoding="utf-8")
    result = sendset(without_key, "check", str(strange))
    assert result.returncode == 1
    assert "the headers of no known source" in result.stdout and "--source" in result.stdout


def test_check_of_a_missing_file_or_an_unknown_source_exits_2(without_key: Settings, tmp_path: Path) -> None:
    assert sendset(without_key, "check", str(tmp_path / "none.csv")).returncode == 2
    result = sendset(without_key, "check", str(write(tmp_path, GOOD_ROW)), "--source", "exclusion")
    assert result.returncode == 2, result.stdout
    assert "there is no contract for 'exclusion'" in result.stderr


def test_explain_of_an_unknown_measure_exits_2_and_names_the_known_ones(without_key: Settings) -> None:
    result = sendset(without_key, "explain", "XX99")
    assert result.returncode == 2
    assert "XX99" in result.stderr and "EH1" in result.stderr and "Traceback" not in result.stderr


def test_a_second_key_is_refused_and_the_first_stays(without_key: Settings) -> None:
    first = sendset(without_key, "key", "new")
    assert first.returncode == 0, first.stderr
    made = without_key.key_file.read_bytes()
    second = sendset(without_key, "key", "new")
    assert second.returncode == 2
    assert "exists" in second.stderr and "Traceback" not in second.stderr
    assert without_key.key_file.read_bytes() == made
    assert made.decode().partition(":")[2].strip() not in first.stdout + second.stdout + second.stderr


def test_a_refresh_without_a_key_exits_2_and_leaves_the_inbox_alone(without_key: Settings) -> None:
    inbox = without_key.inbox / "exclusions"
    inbox.mkdir(parents=True)
    waiting = write(inbox, GOOD_ROW)
    result = sendset(without_key, "refresh")
    assert result.returncode == 2
    assert "sendset key new" in result.stderr and "Traceback" not in result.stderr
    assert waiting.is_file() and not without_key.landing.exists()


@pytest.mark.parametrize("command", [["refresh"], ["check", "{file}"]], ids=["refresh", "check"])
def test_a_contract_with_a_mistake_is_one_sentence_that_names_the_key_and_exits_2(
    without_key: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    copy = tmp_path / "a copy"
    for folder in ("pipelines", "assets", "expectations", "sql", "data/reference"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    contract = copy / "expectations" / "contracts" / "exclusions.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("severity: critical", "severity: grave", 1), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(copy))
    new_key(without_key.key_file)
    file = str(write(tmp_path, GOOD_ROW))
    result = sendset(without_key, *(word.format(file=file) for word in command), cwd=copy)
    assert result.returncode == 2, result.stdout + result.stderr
    assert "exclusions.yaml" in result.stderr and "'grave'" in result.stderr and "Traceback" not in result.stderr


def test_releases_before_the_first_says_what_to_do(without_key: Settings) -> None:
    result = sendset(without_key, "releases")
    assert result.returncode == 0
    assert "sendset refresh" in result.stdout
