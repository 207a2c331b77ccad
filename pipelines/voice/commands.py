"""`sendset quotes`: how many quotes are in which state. No words of any quote: those are in the list to review."""

import typer

from pipelines.cli_options import DataDir, console, fail
from pipelines.settings import Settings


def add_quote_commands(app: typer.Typer) -> None:
    """Add the group `quotes`."""
    quotes = typer.Typer(no_args_is_help=True, help="Quotes that wait for two people, and what became of the others.")
    quotes.command("list")(list_quotes)
    app.add_typer(quotes, name="quotes")


def list_quotes(data_dir: DataDir = None) -> None:
    """Say how many quotes are approved, rejected, or wait, as of the last refresh."""
    import pyarrow.parquet as pq

    from pipelines.tables import table_path
    from pipelines.voice.quotes import STATE, STATES

    settings = Settings()
    path = table_path(settings, *STATE)
    if not path.exists():
        fail("There are no quotes yet: run `sendset refresh` first.")
    counts = {row["state"]: row["quotes"] for row in pq.read_table(path).to_pylist()}
    for state, words in STATES.items():
        console.print(f"{words:<50}{counts[state]:>8,}")
    console.print(
        f"To review: {settings.quote_review}, for the council only. Decisions go into {settings.quote_approvals}."
    )
