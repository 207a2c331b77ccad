"""The gap between respondents and children with SEN (EV3) gives away how many of one group have answered.

The gap is |share of a group among parents and carers who answered - its share among pupils with SEN|, printed to six
decimals. The second share is known from the denominators of EX5, so the first is one of a few fractions of a whole
number of respondents: where only one group and number fit, the respondents of that group are known.
"""

from collections.abc import Iterator
from math import inf

import pandas as pd

from tests.attack.counts import Counts, Equation, Key
from tests.attack.equations import CALENDAR

GROUPED_BY = ("sex", "age_band", "primary_need")
PRECISION = 6e-7


def respondent_equations(counts: Counts) -> Iterator[Equation]:
    """What each printed gap says of the respondents of each group."""
    for (measure, _, start, *_), gap in counts.figures.items():
        responses = counts.known.get(("responses", start, "parent_carer", "n"))
        if measure != "EV3" or responses is None:
            continue
        shares = _cohort(counts, start)
        for (breakdown, value), share in shares.items():
            people = ("people", start, "parent_carer", breakdown, value)
            most = (share + gap / 100) * responses
            yield Equation(((people, 1.0),), -inf, most, "no group is further from its share than the largest gap")
        yield from _exact(shares, gap, int(responses), start)


def _exact(shares: dict[tuple[str, str], float], gap: float, responses: int, start: str) -> Iterator[Equation]:
    fitting: dict[Key, set[tuple[int, int]]] = {}
    for group, share in shares.items():
        for known in range(responses // 2, responses + 1):
            for sign in (1.0, -1.0):
                number = (share + sign * gap / 100) * known
                if number >= 0 and abs(number - round(number)) <= PRECISION * known / 100:
                    fitting.setdefault(group, set()).add((round(number), known))
    if len(fitting) != 1:
        return
    (group, pairs), *_ = fitting.items()
    people = ("people", start, "parent_carer", *group)
    most = float(max(number for number, _ in pairs))
    yield Equation(((people, 1.0),), -inf, most, "the largest gap is that of this group only")
    unknown = ("people", start, "parent_carer", group[0], "Unknown")
    most = float(responses - min(known for _, known in pairs))
    yield Equation(((unknown, 1.0),), -inf, most, "who is in no group is all but the fraction's denominator")


def _cohort(counts: Counts, start: str) -> dict[tuple[str, str], float]:
    """Share of each group among pupils with SEN at the newest census before the wave, where all of it is printed."""
    calendar = pd.read_csv(CALENDAR, dtype=str)
    years = sorted(calendar.loc[calendar["period_type"] == "academic_year", "period_start"])
    with_census = [year for year in years if f"{int(year[:4]) + 1}-01-20" <= start]
    shares: dict[tuple[str, str], float] = {}
    for breakdown in GROUPED_BY:
        for year in reversed(with_census):
            place = ("EX5", "academic_year", year, breakdown)
            keys = [key for key in counts.all() if key[:4] == place and key[5] == "d" and key[4] != "Unknown"]
            if not keys:
                continue
            if all(key in counts.known for key in keys):
                whole = sum(counts.known[key] for key in keys)
                shares |= {(breakdown, key[4]): counts.known[key] / whole for key in keys if whole}
            break
    return shares
