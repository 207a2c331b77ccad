"""The command `sendset`. Exit codes: 0 done, 1 the data needs attention, 2 wrong use or wrong set-up."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines.cli_options import DONE, NEEDS_ATTENTION, WRONG_USE, DataDir, console, fail, remember, say
from pipelines.ingest.pseudonyms import new_key, retired_key_file, rotate_key
from pipelines.release_commands import add_release_commands
from pipelines.settings import Settings, SetUpProblem
from pipelines.synthetic.scale import Scale
from pipelines.voice.commands import add_quote_commands

DEMO_SEED, DEMO_MESS, DEMO_AS_AT = 1, 0.01, datetime(2026, 9, 30)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A shared data set about the experience of families of children with SEND.",
)
key_app = typer.Typer(no_args_is_help=True, help="The key that makes pseudonyms.")
app.add_typer(key_app, name="key")
add_release_commands(app)
add_quote_commands(app)
progress_console = Console(stderr=True, highlight=False)

PublishedDir = Annotated[
    Path | None,
    typer.Option(
        "--published",
        help="Folder of published DfE statistics to compare with.",
        callback=remember("SENDSET_PUBLISHED_DIR"),
        exists=True,
        file_okay=False,
    ),
]
AsAt = Annotated[
    datetime | None,
    typer.Option("--as-at", formats=["%Y-%m-%d"], help="The day on which open cases are counted. Default: today."),
]


def _not_too_early(day: datetime) -> datetime:
    from pipelines.synthetic.generator import EARLIEST_AS_AT

    if day.date() < EARLIEST_AS_AT:
        raise typer.BadParameter(f"the first extracts are of {EARLIEST_AS_AT.isoformat()}: choose a later day.")
    return day


ExportedOn = Annotated[
    datetime,
    typer.Option(
        "--as-at",
        formats=["%Y-%m-%d"],
        help="The day of export. Days of one year tell one past.",
        callback=_not_too_early,
        show_default=f"{DEMO_AS_AT:%Y-%m-%d}",
    ),
]


@app.callback()
def common(data_dir: DataDir = None) -> None:
    """A shared data set about the experience of families of children with SEND."""


@app.command()
def demo(as_at: ExportedOn = DEMO_AS_AT, data_dir: DataDir = None, published: PublishedDir = None) -> None:
    """Write sample extracts for the area into the inbox, run the nightly refresh, say what came out. Again with a later
    --as-at: the next month of the same made-up area.
    """
    settings = Settings()
    if not settings.key_file.exists():
        new_key(settings.key_file)
    from pipelines.synthetic.generator import generate as write_extracts

    _progress("Writing sample extracts into the inbox")
    write_extracts(settings.inbox, Scale.LOCAL, DEMO_SEED, DEMO_MESS, as_at.date(), _progress)
    _run_refresh(settings, as_at.date())
    console.print("Next: `make ui` opens Dagster with this run in it.")


@app.command()
def refresh(as_at: AsAt = None, published: PublishedDir = None, data_dir: DataDir = None) -> None:
    """Do the nightly job now: receive, validate, compute, publish."""
    attention = _run_refresh(Settings(), as_at.date() if as_at else today())
    raise typer.Exit(NEEDS_ATTENTION if attention else DONE)


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.", file_okay=False)],
    scale: Annotated[Scale, typer.Option("--scale", help="How much.")] = Scale.LOCAL,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    mess: Annotated[float, typer.Option("--mess", min=0, max=0.5, help="Share of rows with a fault.")] = 0.0,
    as_at: ExportedOn = DEMO_AS_AT,
    data_dir: DataDir = None,
) -> None:
    """Write made-up extracts: plausible children, schools and families, none of them real."""
    from pipelines.synthetic.generator import generate as write_extracts

    write_extracts(out, scale, seed, mess, as_at.date(), _progress)
    console.print(f"Sample extracts are in {out}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The file to check.", exists=True, dir_okay=False)],
    source: Annotated[
        str | None, typer.Option("--source", help="Contract to check against. Default: by headers.")
    ] = None,
    as_at: AsAt = None,
    data_dir: DataDir = None,
) -> None:
    """Hold one file to its contract with the rules of the refresh. Nothing is loaded."""
    from pipelines.check import check_file

    report = check_file(Settings(), file, source, as_at.date() if as_at else today())
    say(report.lines)
    raise typer.Exit(NEEDS_ATTENTION if report.needs_attention else DONE)


@app.command()
def explain(
    measure: Annotated[str, typer.Argument(help="Id of a measure, such as EH1.")],
    period: Annotated[str | None, typer.Option("--period", help="Label of a period, such as 2024 or 2023/24.")] = None,
    breakdown: Annotated[str, typer.Option("--breakdown", help="Breakdown, such as sex.")] = "total",
    value: Annotated[str, typer.Option("--value", help="Value of the breakdown, such as F.")] = "All",
    with_sql: Annotated[bool, typer.Option("--sql", help="Print the SQL that made it.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Say what a measure is, what it was made from, and what it came to. For the council only."""
    from pipelines.explain import UnknownMeasure, explain_measure

    try:
        lines = explain_measure(Settings(), measure, period, breakdown, value, with_sql)
    except UnknownMeasure as error:
        fail(str(error))
    say(lines)


@key_app.command("new")
def key_new(data_dir: DataDir = None) -> None:
    """Make the pseudonym key. Keep a second copy with a second custodian: without it no past data can be joined."""
    settings = Settings()
    key = new_key(settings.key_file)
    console.print(
        f"Key {key.key_id} is in {settings.key_file}. Keep a copy in a second place, outside the data folder."
    )


@key_app.command("rotate")
def key_rotate(data_dir: DataDir = None) -> None:
    """Make a new key in the place of the old one. The next refresh reads every file again and destroys the old key."""
    from pipelines.resources import the_only_writer

    settings = Settings()
    with the_only_writer(settings, "", None, _progress):
        key = rotate_key(settings)
    console.print(
        f"Key {key.key_id} is in {settings.key_file}. Give the second custodian a copy. Run `sendset refresh`: it reads"
        f" every file again, and then destroys {retired_key_file(settings).name}; destroy its copies too."
    )


@app.command()
def ui(data_dir: DataDir = None) -> None:
    """Open Dagster on this machine, with the runs that were made."""
    from pipelines.dagster_home import run_ui

    raise typer.Exit(run_ui(Settings()))


def today() -> date:
    """The date in the area. The only place where the clock is read."""
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/London")).date()


def main() -> None:
    """Run the command; a problem that its user can solve is one sentence and exit code 2, not a traceback."""
    try:
        app()
    except SetUpProblem as problem:
        print(f"sendset: {problem}", file=sys.stderr)
        sys.exit(WRONG_USE)


def _run_refresh(settings: Settings, as_at: date) -> bool:
    from pipelines.dagster_home import run_refresh
    from pipelines.ingest.pseudonyms import load_key
    from pipelines.summary import summarise

    load_key(settings)
    result = run_refresh(settings, as_at, _progress)
    summary = summarise(settings, result)
    say(summary.lines)
    return summary.needs_attention


def _progress(message: str) -> None:
    if progress_console.is_terminal:
        progress_console.print(message, markup=False)


if __name__ == "__main__":
    main()
