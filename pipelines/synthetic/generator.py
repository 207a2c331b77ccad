"""Write the sample extracts for one place and seed, and the truth of the faults put into five of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from pipelines.synthetic import coding, cycles, ehcp, programme, requests, roll, services, survey, suspensions
from pipelines.synthetic.extract_columns import day_number
from pipelines.synthetic.faults import add_faults, all_bad
from pipelines.synthetic.files import write_csv, write_xlsx
from pipelines.synthetic.places import Places, load_places
from pipelines.synthetic.population import Population
from pipelines.synthetic.scale import Scale
from pipelines.synthetic.truth import (
    ALL_ROWS_BAD,
    EMPTY_FILE,
    HEADER_ONLY,
    OTHER_SOURCE,
    GeneratedFile,
    GeneratedTruth,
)

Progress = Callable[[str], None]

SOURCES = ("ehcp_timeliness", "exclusions", "graduated_response", "family_survey", "pupil_roll")
# Written without faults, whatever the mess: each of their rules has its mutant in the tests.
CLEAN_SOURCES = (
    "comment_coding",
    "workforce",
    "caseworker_allocation",
    "complaints",
    "coproduction_log",
    "health_waits",
    "plan_audit",
    "attendance",
    "appeals",
    "actions",
    "annex_a_send",
)
TIMES_LOCAL: dict[Scale, float] = {Scale.LOCAL: 1.0, Scale.REGION: 16.4, Scale.ENGLAND: 164.0}
COHORT_SIZE_LOCAL = 4300
SURVEY_TIMES_MORE = 0.45
EXCEL_SOURCES = frozenset({"exclusions", "family_survey"})
EARLIEST_AS_AT = date(2024, 1, 18)
SAMPLE_ROWS = 50


@dataclass
class _Run:
    """Where the files of one run go, and what has been written so far."""

    out: Path
    scale: Scale
    seed: int
    mess: float
    as_at: date
    progress: Progress | None
    files: list[GeneratedFile] = field(default_factory=list)
    samples: dict[str, pa.Table] = field(default_factory=dict)

    def rng(self, purpose: int, part: int = 0) -> np.random.Generator:
        """A generator of its own for each purpose, so that one extract does not disturb another."""
        return np.random.default_rng((self.seed, purpose, part))

    def write(self, source: str, chunks: Iterator[pa.Table], period: str | None = None) -> None:
        """Write what a source says of a period, or on the day, with faults if asked; a file without rows is not written."""
        first = next(chunks, None)
        if first is None or first.num_rows == 0:
            return
        self.samples.setdefault(source, first.slice(0, SAMPLE_ROWS))
        faults: dict[str, int] = {}
        chunks = chain([first], chunks)
        if self.mess > 0 and source in SOURCES:
            chunks = self._spoil(source, period, chunks, faults)
        excel = self.scale == Scale.LOCAL and source in EXCEL_SOURCES
        name = f"{source}_{period or self.as_at.isoformat()}"
        path = self.path(source, f"{name}{'.xlsx' if excel else '.csv'}")
        rows = write_xlsx(path, chunks) if excel else write_csv(path, chunks)
        self.files.append(GeneratedFile(source, path.name, rows, faults))
        if self.progress:
            self.progress(f"{source}: {path.name}, {rows:,} rows")

    def path(self, source: str, name: str) -> Path:
        """Path of a file of a source, its folder made."""
        folder = self.out / source
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _spoil(
        self, source: str, period: str | None, chunks: Iterator[pa.Table], faults: dict[str, int]
    ) -> Iterator[pa.Table]:
        rng = self.rng(90, crc32(f"{source} {period or ''}".encode()))
        for chunk in chunks:
            spoiled, counts = add_faults(rng, source, chunk, self.mess, self.as_at)
            for kind, rows in counts.items():
                faults[kind] = faults.get(kind, 0) + rows
            yield spoiled


def generate(
    out: Path,
    scale: Scale,
    seed: int,
    mess: float = 0.0,
    as_at: date = date(2026, 9, 30),
    progress: Progress | None = None,
    share: float = 1.0,
) -> GeneratedTruth:
    """Write out/<source>/<file> for every extract, and out/truth.json when `mess` is above 0.

    `mess` is the share of rows (0 to 0.5) of each of `SOURCES` that gets a fault; it also adds four files to each of them
    that must be refused. `as_at` is the day of the export: nothing later appears, except as a fault. `share` makes the place
    smaller, for tests. The same arguments give the same bytes. Exports of two days of one calendar year, else the same, tell
    one past: the later one adds what happened between the days.

    Raises ValueError for a rate or a day out of range.
    """
    if not 0 <= mess <= 0.5:
        raise ValueError("The mess rate is a share of rows between 0 and 0.5.")
    if as_at < EARLIEST_AS_AT:
        raise ValueError(f"The first extracts are of {EARLIEST_AS_AT:%d/%m/%Y}: choose a later day.")
    run = _Run(out, scale, seed, mess, as_at, progress)
    factor = TIMES_LOCAL[scale] * share
    places = load_places()
    population, cases = _write_ehcp(run, places, factor)
    censuses = [day for day in roll.CENSUS_DAYS if day <= as_at]
    for census in censuses if scale == Scale.LOCAL else censuses[-1:]:
        run.write("pupil_roll", roll.roll_chunks(population, census), f"{census:%Y-%m}")
    for census in censuses:
        _write_suspensions(run, population, census)
    _write_cycles(run, population)
    _write_survey(run, places, factor)
    if mess > 0:
        _write_refused_files(run)
    _write_programme(run, population, factor)
    _write_services(run, population, cases, factor)
    truth = GeneratedTruth(scale, seed, mess, as_at, tuple(run.files))
    if mess > 0:
        truth.write(out / "truth.json")
    return truth


def write_requests(out: Path, scale: Scale, seed: int, as_at: date) -> int:
    """Write only the extract `ehcp_timeliness`, as `generate` does; the number of rows."""
    run = _Run(out, scale, seed, 0.0, as_at, None)
    _write_ehcp(run, load_places(), TIMES_LOCAL[scale])
    return run.files[0].rows


def _write_ehcp(run: _Run, places: Places, factor: float) -> tuple[Population, ehcp.Cases]:
    """The requests, and the population that they leave behind: who asks, and who has a plan, from which day."""
    rng = run.rng(1)
    population = Population.empty(run.seed, round(COHORT_SIZE_LOCAL * factor), places)
    process = requests.draw_process(rng, factor, run.as_at)
    cases = ehcp.draw_cases(rng, population, process)
    run.write("ehcp_timeliness", ehcp.ehcp_chunks(rng, population, cases, run.as_at))
    return population, cases


def _write_suspensions(run: _Run, population: Population, census: date) -> None:
    rng = run.rng(2, census.year)
    events = suspensions.draw_suspensions(rng, population, census)
    for term in suspensions.terms_of(census.year - 1):
        run.write("exclusions", suspensions.suspension_chunks(rng, population, events, term, run.as_at), term.label)


def _write_cycles(run: _Run, population: Population) -> None:
    drawn = cycles.draw_cycles(run.rng(3), population, run.as_at)
    for term in drawn.terms_held(run.as_at):
        rng = run.rng(30, day_number(term.first_school_day))
        run.write("graduated_response", cycles.cycle_chunks(rng, population, drawn, term), term.label)


def _write_survey(run: _Run, places: Places, factor: float) -> None:
    # Half a million responses from England, not the 1.1 million that the local rate would give.
    times = factor if run.scale == Scale.LOCAL else factor * SURVEY_TIMES_MORE
    chunks_of_season: dict[str, list[Iterator[pa.Table]]] = {}
    coded_of_season: dict[str, list[Iterator[pa.Table]]] = {}
    for number, wave in enumerate(places.waves):
        count = survey.responses_of(wave, times, run.as_at)
        if count:
            season = wave.wave_id.rpartition("-")[0]
            comments = coding.Comments(wave)
            chunks = comments.noting(survey.survey_chunks(run.rng(4, number), places, wave, count))
            coded = coding.coding_chunks(run.rng(29, number), comments, run.as_at)
            chunks_of_season.setdefault(season, []).append(chunks)
            coded_of_season.setdefault(season, []).append(coded)
    for season, chunks_of_waves in chunks_of_season.items():
        run.write("family_survey", chain.from_iterable(chunks_of_waves), season)
        # After the responses, whose comments are noted as they go by.
        run.write("comment_coding", chain.from_iterable(coded_of_season[season]), season)


def _write_programme(run: _Run, population: Population, factor: float) -> None:
    as_at = run.as_at
    for source, chunks in (
        ("workforce", programme.workforce_chunks(run.rng(20), factor, as_at)),
        ("complaints", programme.complaints_chunks(run.rng(21), population, factor, as_at)),
        ("coproduction_log", programme.coproduction_chunks(run.rng(22), factor, as_at)),
        ("actions", programme.actions_chunks(run.rng(23), as_at)),
    ):
        run.write(source, chunks)


def _write_services(run: _Run, population: Population, cases: ehcp.Cases, factor: float) -> None:
    as_at = run.as_at
    census = roll.census_of_year(as_at)
    for source, chunks in (
        ("caseworker_allocation", services.allocation_chunks(run.rng(24), population, cases, factor, as_at)),
        ("health_waits", services.health_chunks(run.rng(25), population, factor, as_at)),
        ("plan_audit", services.audit_chunks(run.rng(26), population, factor, as_at)),
        ("appeals", services.appeal_chunks(run.rng(27), population, factor, as_at)),
        ("annex_a_send", services.annex_a_chunks(population, census, as_at)),
    ):
        run.write(source, chunks)
    for number, term in enumerate(suspensions.terms_of(census.year - 1)):
        if term.last_school_day <= as_at:
            chunks = services.attendance_chunks(run.rng(28, number), population, census, term)
            run.write("attendance", chunks, term.label)


def _write_refused_files(run: _Run) -> None:
    for number, source in enumerate(SOURCES):
        sample = run.samples[source]
        other = run.samples[SOURCES[number - 1]]
        run.path(source, f"{source}_empty.csv").write_bytes(b"")
        run.files.append(GeneratedFile(source, f"{source}_empty.csv", 0, refused=EMPTY_FILE))
        for kind, table in (
            (HEADER_ONLY, sample.slice(0, 0)),
            (OTHER_SOURCE, other),
            (ALL_ROWS_BAD, all_bad(source, sample)),
        ):
            name = f"{source}_{kind}.csv"
            write_csv(run.path(source, name), [table])
            run.files.append(GeneratedFile(source, name, table.num_rows, refused=kind))
