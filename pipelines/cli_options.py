"""What every command of `sendset` shares: exit codes, the options that choose folders, and where words are printed."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

DONE, NEEDS_ATTENTION, WRONG_USE = 0, 1, 2

console = Console(highlight=False, soft_wrap=True)


def remember(variable: str) -> Callable[[Path | None], Path | None]:
    """A callback that keeps a folder in the environment: Dagster loads the settings in processes of its own."""

    def keep(value: Path | None) -> Path | None:
        if value is not None:
            os.environ[variable] = str(value.resolve())
        return value

    return keep


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder for everything that is made at run time (or set SENDSET_DATA_DIR).",
        callback=remember("SENDSET_DATA_DIR"),
        file_okay=False,
    ),
]


def say(lines: Sequence[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        console.print(line, markup=False)


def fail(message: str) -> NoReturn:
    """End the command as wrongly used, with one sentence."""
    print(f"sendset: {message}", file=sys.stderr)
    raise typer.Exit(WRONG_USE)
