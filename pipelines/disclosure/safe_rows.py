"""What partners see of each row, once it is known which counts are hidden. A suppressed number is NULL, never 0.

status: `c` something is suppressed, `x` cannot be computed, `u` low base, NULL otherwise (GSS symbols).
"""

from collections.abc import Collection, Mapping, Sequence

from pipelines.disclosure.measure_rules import LOW_BASE, PERCENTAGE_BASE, TOTAL, MeasureRule
from pipelines.disclosure.observation_cells import PLACE, Row, RowCounts, place_of

VALUES = ("value", "lower_95", "upper_95", "lower_998", "upper_998")
SUPPRESSED, UNAVAILABLE, LOW_BASE_STATUS = "c", "x", "u"
_DECIMALS_OF_SUMMARIES = 1

SafeRow = dict[str, object]


def safe_observation(
    rows: Sequence[Row], counts: Sequence[RowCounts], rules: Mapping[str, MeasureRule], hidden: Collection[str]
) -> list[SafeRow]:
    """The rows of shared.observation without `base`, with `status`. `hidden`: keys of the counts that are not shown."""
    spoilt = _spoilt_ratios(rows, counts, hidden)
    return [
        _observed(row, keys, rules[str(row["measure_id"])], hidden, spoilt)
        for row, keys in zip(rows, counts, strict=True)
    ]


def safe_lived_experience(rows: Sequence[Row], counts: Sequence[RowCounts], hidden: Collection[str]) -> list[SafeRow]:
    """The rows of shared.lived_experience as positive_answers, base and positive_pct, with `status`."""
    told = ("wave_id", "wave_start_date", "wave_end_date", "respondent_role", "theme", "question_id", "wording")
    made: list[SafeRow] = []
    for row, keys in zip(rows, counts, strict=True):
        positive, base, share, status = _survey(row, keys, hidden)
        place = {name: row[name] for name in (*told, "area_code", "breakdown", "breakdown_value")}
        made.append(place | {"positive_answers": positive, "base": base, "positive_pct": share, "status": status})
    return made


def safe_cross_tabulation(rows: Sequence[Row], counts: Sequence[RowCounts], hidden: Collection[str]) -> list[SafeRow]:
    """The rows of shared.cross_tabulation as count, base and share_pct (both of them of answers only), with `status`."""
    made: list[SafeRow] = []
    for row, keys in zip(rows, counts, strict=True):
        place = {name: cell for name, cell in row.items() if name not in ("numerator", "denominator")}
        if keys.denominator:
            count, base, share, status = _survey(row, keys, hidden)
        else:
            shown = keys.numerator not in hidden
            count, base, share = row["numerator"] if shown else None, None, None
            status = None if shown else SUPPRESSED
        made.append(place | {"count": count, "base": base, "share_pct": share, "status": status})
    return made


def _survey(row: Row, keys: RowCounts, hidden: Collection[str]) -> tuple[object, object, object, str | None]:
    """Positive answers, base, percentage and status."""
    positive = None if keys.numerator in hidden else row["numerator"]
    base = None if keys.denominator in hidden else row["denominator"]
    if not (isinstance(positive, int | float) and isinstance(base, int | float)):
        return positive, base, None, SUPPRESSED
    if not base:
        return positive, base, None, UNAVAILABLE
    return positive, base, 100 * positive / base, LOW_BASE_STATUS if base < LOW_BASE else None


def _observed(
    row: Row, keys: RowCounts, rule: MeasureRule, hidden: Collection[str], spoilt: Collection[tuple[object, ...]]
) -> SafeRow:
    safe: SafeRow = {name: row[name] for name in ("measure_id", *PLACE, "numerator", "denominator", *VALUES, "unit")}
    if rule.kind == "open":
        return safe | {"status": _status(row, rule, withheld=False)}
    withheld = any(key in hidden for key in keys.keys)
    if rule.kind not in ("proportion", "rate"):
        withheld = _is_withheld_summary(row, rule, spoilt) or _tells_of_hidden(keys, rule, hidden)
        # A median or a ratio is shown without counts: they stand, protected, in measures of their own.
        safe |= {"numerator": None, "denominator": None}
        safe |= {name: round(n, _DECIMALS_OF_SUMMARIES) for name in VALUES if isinstance(n := row[name], float)}
    if keys.numerator in hidden:
        safe["numerator"] = None
    if keys.denominator in hidden:
        safe["denominator"] = None
    if withheld:
        safe |= dict.fromkeys(VALUES)
    return safe | {"status": _status(row, rule, withheld)}


def _status(row: Row, rule: MeasureRule, withheld: bool) -> str | None:
    if withheld:
        return SUPPRESSED
    if row["value"] is None:
        return UNAVAILABLE
    base = row["base"]
    return LOW_BASE_STATUS if rule.survey and isinstance(base, int | float) and base < LOW_BASE else None


def _is_withheld_summary(row: Row, rule: MeasureRule, spoilt: Collection[tuple[object, ...]]) -> bool:
    """A median of few children, one child's longest wait, a ratio but for the area or while a rate behind it is hidden."""
    if rule.kind == "withheld":
        return True
    base = row["base"]
    thin = not isinstance(base, int | float) or base < PERCENTAGE_BASE
    if rule.kind == "ratio":
        return thin or row["breakdown"] != TOTAL or place_of(row)[:4] in spoilt
    return thin or rule.kind == "longest"


def _tells_of_hidden(keys: RowCounts, rule: MeasureRule, hidden: Collection[str]) -> bool:
    """Whether a count that a reader could bound by this figure is hidden, or not there to be looked at."""
    return bool(rule.shown_with) and (not keys.leans_on or any(key in hidden for key in keys.leans_on))


def _spoilt_ratios(
    rows: Sequence[Row], counts: Sequence[RowCounts], hidden: Collection[str]
) -> set[tuple[object, ...]]:
    """Area and period where a suspension rate by SEN provision is hidden: a ratio of the two rates would give it away."""
    return {
        place_of(row)[:4]
        for row, keys in zip(rows, counts, strict=True)
        if row["measure_id"] == "EX1"
        and row["breakdown"] in (TOTAL, "sen_provision")
        and any(key in hidden for key in keys.keys)
    }
