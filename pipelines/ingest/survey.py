"""Exports of survey tools (Microsoft Forms, SmartSurvey) as rows of the survey contract.

What differs from a plain extract: the wave is not in the file but follows from the date and the respondent; Forms writes
US dates into its CSV; an answer of a question with several answers ends in ';'. Identities (name, e-mail, IP address) are
not read at all: they are direct identifiers of the contract. Source: domain notes on ten public Forms exports.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from pipelines.contracts import Contract
from pipelines.ingest.headers import plain
from pipelines.ingest.rows import Rows, TextRows
from pipelines.settings import REFERENCE

SURVEY: Final = "family_survey"
DERIVED: Final = "wave_id"
_TOOLS: Final = {
    "Microsoft Forms": {"starttime", "completiontime"},
    "SmartSurvey": {"userno", "started", "ended"},
}
# Forms writes month/day/year with two digits for the year and seconds; a UK export has neither.
_US_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}) \d{1,2}:\d{2}:\d{2}( [AP]M)?")


@dataclass(frozen=True)
class Wave:
    """One questionnaire of one wave: the answers of these people that were completed between these days."""

    wave_id: str
    population: str
    start: date
    end: date


def survey_tool(headers: Sequence[str]) -> str:
    """The tool that wrote an export with these headers; '' if it is none that is known."""
    found = {plain(header) for header in headers}
    return next((tool for tool, its_own in _TOOLS.items() if its_own <= found), "")


def may_lack(contract: Contract, tool: str) -> tuple[str, ...]:
    """Required columns that an export of a survey tool need not have: the wave, and questions that were not asked."""
    if contract.id != SURVEY:
        return ()
    questions = [column.name for column in contract.columns if column.name.startswith("q_")] if tool else []
    return (DERIVED, *questions)


def questions_missing(contract: Contract, columns: Sequence[str]) -> list[str]:
    """Questions that the contract requires and the export has not."""
    return [
        column.name
        for column in contract.columns
        if column.required and column.name.startswith("q_") and column.name not in columns
    ]


def adapt(table: TextRows, contract: Contract) -> TextRows:
    """The rows of an export as the contract wants them; wave_id is added where the file has none."""
    adds_wave = "wave_id" not in table.columns
    columns = (*table.columns, "wave_id") if adds_wave else table.columns
    letters = (*table.letters, "") if adds_wave else table.letters
    return replace(table, columns=columns, letters=letters, rows=_adapted(table, contract, adds_wave))


def _adapted(table: TextRows, contract: Contract, adds_wave: bool) -> Rows:
    place = {column: position for position, column in enumerate(table.columns)}
    coded = {place[column.name] for column in contract.columns if column.code_set and column.name in place}
    completed, role = place.get("completed_date"), place.get("respondent_role")
    roles = _keys_of_codes(contract.code_set("respondent_role"))
    for number, cells in table.rows:
        values = list(cells)
        for position in coded:
            values[position] = _one_answer(values[position])
        day = None
        if completed is not None:
            values[completed] = iso_date(values[completed])
            day = _day(values[completed])
        if adds_wave:
            population = roles.get(plain((values[role] if role is not None else None) or ""))
            values.append(wave_of(day, population))
        yield number, values


def iso_date(text: str | None) -> str | None:
    """A US date of Forms as ISO; any other text, and a month over 12, stays as it is."""
    match = _US_DATE.fullmatch((text or "").strip())
    if not match:
        return text
    month, day, year = int(match[1]), int(match[2]), 2000 + int(match[3])
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def wave_of(day: date | None, population: str | None) -> str | None:
    """The wave that was open to these people on that day (data/reference/survey_waves.csv); None if none was."""
    if day is None or population is None:
        return None
    return next((w.wave_id for w in _waves() if w.population == population and w.start <= day <= w.end), None)


def _day(text: str | None) -> date | None:
    words = (text or "").strip()[:10]
    try:
        if re.fullmatch(r"\d{2}/\d{2}/\d{4}", words):
            return date(int(words[6:]), int(words[3:5]), int(words[:2]))
        return date.fromisoformat(words)
    except ValueError:
        return None


def _one_answer(text: str | None) -> str | None:
    """'Autism;' → 'Autism'. A list of several answers stays whole: which of them counts is not guessed."""
    return text.rstrip().removesuffix(";") if text else text


def _keys_of_codes(codes: dict[str, str]) -> dict[str, str]:
    return {plain(word): code for code, label in codes.items() for word in (code, label)}


@cache
def _waves() -> tuple[Wave, ...]:
    with (REFERENCE / "survey_waves.csv").open(encoding="utf-8-sig", newline="") as lines:
        return tuple(
            Wave(
                line["wave_id"],
                line["population"],
                date.fromisoformat(line["start_date"]),
                date.fromisoformat(line["end_date"]),
            )
            for line in csv.DictReader(lines)
        )
