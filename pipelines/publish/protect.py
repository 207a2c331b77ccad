"""From the shared tables as they are to those that partners may see: the one place where disclosure control is applied.

Candidates are warehouse/shared/<table> (council only); the protected copies are warehouse/protected/<table>.
"""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.disclosure.audit import DisclosureError, attack
from pipelines.disclosure.cells import Flags
from pipelines.disclosure.counts_of_rows import safe_data_quality
from pipelines.disclosure.measure_rules import QUESTION
from pipelines.disclosure.one_way import safe_observation
from pipelines.methods.intervals import wilson
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path

_REPAIRS = 20
_TABLE = ["measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown"]
# What is withheld for a count that is given away: its table; if that is hidden already, the table in all periods of that
# kind (one hidden month is the year less the others); then in all periods.
_WITHHELD = (_TABLE, ["measure_id", "area_code", "period_type", "breakdown"], ["measure_id", "area_code", "breakdown"])


def protect_shared(settings: Settings, candidates: Mapping[str, Path]) -> dict[str, Path]:
    """Write the protected copy of every candidate table; return table → Parquet of what may be published.

    Raises disclosure.audit.DisclosureError if a table cannot be made safe.
    """
    threshold = settings.small_count_threshold
    chosen = dict(candidates)
    hidden_observation = pd.DataFrame()
    if "observation" in candidates:
        truth = pd.read_parquet(candidates["observation"])
        safe = protected(truth, threshold)
        hidden_observation = truth[(safe["status"] == "c").to_numpy()]
        chosen["observation"] = _write(settings, "observation", safe)
    if "lived_experience" in candidates:
        truth = pd.read_parquet(candidates["lived_experience"])
        forced = _hidden_in_measures(truth, hidden_observation)
        safe = protected(lived_experience_truth(truth), threshold, forced)
        chosen["lived_experience"] = _write(settings, "lived_experience", _lived_experience(truth, safe))
    if "data_quality" in candidates:
        spoilt = _sources_hidden_in_measures(hidden_observation)
        lines = safe_data_quality(pd.read_parquet(candidates["data_quality"]), threshold, spoilt)
        chosen["data_quality"] = _write(settings, "data_quality", lines)
    return chosen


def protected(truth: pd.DataFrame, threshold: int, forced: Flags | None = None) -> pd.DataFrame:
    """`safe_observation`, attacked and mended until the attack finds nothing: a breakdown that gives a count away is
    withheld whole, for that period or more (see `_WITHHELD`). Raises DisclosureError if that does not end."""
    must = np.zeros(len(truth), dtype=bool) if forced is None else forced.copy()
    for _ in range(_REPAIRS):
        safe = safe_observation(truth, threshold, must)
        finding = attack(safe, truth, threshold)
        if not finding:
            return safe
        given_away = safe.iloc[[*finding.printed, *finding.recovered]]
        must = _wider(must, safe, given_away)
    raise DisclosureError(
        "The tables could not be made safe by hiding more. Nothing was published; the last release stays."
    )


def _wider(must: Flags, safe: pd.DataFrame, given_away: pd.DataFrame) -> Flags:
    """`must` and the narrowest of `_WITHHELD` that adds to it."""
    wider = must
    for table in _WITHHELD:
        wider = must | pd.MultiIndex.from_frame(safe[table]).isin(pd.MultiIndex.from_frame(given_away[table]))
        if bool((wider & ~must).any()):
            break
    return wider


def lived_experience_truth(truth: pd.DataFrame) -> pd.DataFrame:
    """The unprotected answers in the shape of an observation: each question of each wave is a measure of its own."""
    rows = _as_measure(truth)
    rows["numerator"], rows["denominator"] = truth["numerator"].astype(float), truth["denominator"].astype(float)
    rows["base"] = rows["denominator"]
    rows["value"] = 100 * rows["numerator"] / rows["denominator"]
    for level, limits in (("95", 0.95), ("998", 0.998)):
        interval = wilson(rows["numerator"].to_numpy(dtype=float), rows["denominator"].to_numpy(dtype=float), limits)
        rows[f"lower_{level}"], rows[f"upper_{level}"] = interval.lower * 100, interval.upper * 100
    return rows


def lived_experience_as_observation(published: pd.DataFrame) -> pd.DataFrame:
    """The published answers in the same shape, for the audit."""
    rows = _as_measure(published)
    rows["numerator"], rows["denominator"] = published["positive_answers"], published["base"]
    return rows


def _as_measure(answers: pd.DataFrame) -> pd.DataFrame:
    rows = answers[["area_code", "breakdown", "breakdown_value"]].copy()
    rows["measure_id"] = QUESTION + answers["question_id"] + "@" + answers["wave_id"]
    rows["period_type"] = "wave"
    rows["period_start"], rows["period_end"] = answers["wave_start_date"], answers["wave_end_date"]
    rows["unit"] = "%"
    return rows


def _lived_experience(truth: pd.DataFrame, safe: pd.DataFrame) -> pd.DataFrame:
    told = ["wave_id", "wave_start_date", "wave_end_date", "respondent_role", "theme", "question_id", "wording"]
    lines = truth[[*told, "area_code", "breakdown", "breakdown_value"]].copy()
    lines["positive_answers"], lines["base"] = safe["numerator"], safe["denominator"]
    lines["positive_pct"] = safe["value"]
    lines["lower_95"], lines["upper_95"], lines["status"] = safe["lower_95"], safe["upper_95"], safe["status"]
    return lines


def _hidden_in_measures(answers: pd.DataFrame, hidden: pd.DataFrame) -> Flags:
    """Answers that a measure counts too and hides there: hidden here as well, or one table would undo the other."""
    if hidden.empty:
        return np.zeros(len(answers), dtype=bool)
    place = ["measure_id", "period_start", "period_end", "breakdown", "breakdown_value", "numerator", "denominator"]
    taken = pd.MultiIndex.from_frame(hidden[place])
    flags = np.zeros(len(answers), dtype=bool)
    same = answers.rename(columns={"wave_start_date": "period_start", "wave_end_date": "period_end"})
    for measure in sorted({m for ids in answers["measure_ids"].dropna() for m in str(ids).split("|") if m}):
        counted = (
            answers["measure_ids"].fillna("").str.split("|").map(lambda ids, m=measure: m in ids).to_numpy(dtype=bool)
        )
        flags |= counted & pd.MultiIndex.from_frame(same.assign(measure_id=measure)[place]).isin(taken)
    return flags


def _sources_hidden_in_measures(hidden: pd.DataFrame) -> frozenset[str]:
    """Sources whose rejected rows the measure EV4 hides in some period."""
    if hidden.empty:
        return frozenset()
    own = hidden[(hidden["measure_id"] == "EV4") & (hidden["breakdown"] == "source")]
    return frozenset(str(source) for source in own["breakdown_value"])


def _write(settings: Settings, table: str, rows: pd.DataFrame) -> Path:
    path = table_path(settings, "protected", table)
    with replace_atomically(path) as beside:
        pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), beside)
    return path
