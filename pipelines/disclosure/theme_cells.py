"""The counts of shared.theme: responses behind each theme of a survey wave, and the responses with a coded comment.

Themes do not add up to the base: a comment may have several. But each coded comment has one at least, so that a reader knows
that they are together no fewer than the base; and those whom a theme leaves out are a count too.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pipelines.disclosure.measure_rules import LOW_BASE
from pipelines.disclosure.observation_cells import Row, RowCounts
from pipelines.disclosure.safe_rows import LOW_BASE_STATUS, SUPPRESSED, SafeRow
from pipelines.disclosure.system import SystemBuilder, key_of, whole_number
from pipelines.methods.agreement import agreement

LEAST_PAIRS: Final = 10
"""Agreement over fewer comments than this is not shown."""

LEAST_RESPONSES: Final = 10
"""A theme of fewer responses than this is not shown (domain: disclosure control)."""


def counts_of_theme(row: Row) -> RowCounts:
    """The keys of one row's counts. The version of the code book is no part of them: what is hidden stays so for its wave."""
    return RowCounts(key_of("theme", (row["wave_id"], row["theme"])), key_of("coded comments", (row["wave_id"],)))


def add_themes(
    builder: SystemBuilder, rows: Sequence[Row], measures: Mapping[tuple[object, ...], RowCounts]
) -> list[RowCounts]:
    """Put every count of `rows` (as shared.theme) into the system; the keys of each row, in the same order.

    measures: (measure, period type, first day, last day, breakdown, value) → keys. Those with a coded comment are among the
    respondents of the wave, whom EV2 counts. Raises ValueError for a count that is no whole number.
    """
    found: list[RowCounts] = []
    waves: dict[str, list[str]] = {}
    for row in rows:
        keys = counts_of_theme(row)
        responses, base = whole_number(row["numerator"]), whole_number(row["denominator"])
        if responses is None or base is None:
            raise ValueError("shared.theme: a count that is no whole number")
        builder.count(keys.numerator, responses, LEAST_RESPONSES)
        builder.count(keys.denominator, base, builder.policy.base)
        if responses < LEAST_RESPONSES:
            # Also a 0: that nobody names a theme stands beside no count that could be 1.
            builder.withheld.add(keys.numerator)
        builder.complement(keys.denominator, keys.numerator, f"{keys.denominator} without {keys.numerator}")
        wave = ("EV2", "wave", row["wave_start_date"], row["wave_end_date"], "respondent_role", row["respondent_role"])
        if keys.denominator not in waves and wave in measures and measures[wave].numerator:
            builder.at_most(keys.denominator, measures[wave].numerator)
        waves.setdefault(keys.denominator, []).append(keys.numerator)
        found.append(keys)
    for base, themes in waves.items():
        builder.add_up(base, themes, f"{base} by theme")
    return found


def safe_themes(rows: Sequence[Row], counts: Sequence[RowCounts], hidden: Collection[str]) -> list[SafeRow]:
    """The rows of shared.theme as responses, base and share_pct, with agreement and `status`."""
    made: list[SafeRow] = []
    for row, keys in zip(rows, counts, strict=True):
        away = any(key in hidden for key in keys.keys)
        responses = None if keys.numerator in hidden else row["numerator"]
        base = None if keys.denominator in hidden else row["denominator"]
        share = None
        if not away and isinstance(responses, int | float) and isinstance(base, int | float) and base:
            share = 100 * responses / base
        low = isinstance(base, int | float) and base < LOW_BASE
        place = {name: row[name] for name in ("wave_id", "theme", "label", "code_book_version")}
        made.append(
            place
            | {"responses": responses, "base": base, "share_pct": share, "agreement": None if away else _kappa(row)}
            | {"status": SUPPRESSED if away else LOW_BASE_STATUS if low else None}
        )
    return made


def _kappa(row: Row) -> float | None:
    """Cohen's kappa to one decimal: without the number of pairs no count of comments can be had from it."""
    pairs, both, first, second = (
        whole_number(row[name]) or 0
        for name in ("double_coded", "both_coders", "first_coder_only", "second_coder_only")
    )
    kappa = agreement(both, first, second, pairs - both - first - second).kappa if pairs >= LEAST_PAIRS else None
    return None if kappa is None else round(kappa, 1)
