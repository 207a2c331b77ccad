"""Agreement of two coders who decide apart whether a comment is about a theme: percent and Cohen's kappa.

Source: Cohen (1960), A coefficient of agreement for nominal scales.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """pairs: comments that both coded. percent: of them, decided alike (None without any). kappa: agreement beyond chance,
    1 at most; None where chance alone agrees on everything, as when neither ever found the theme."""

    pairs: int
    percent: float | None
    kappa: float | None


def agreement(both: int, first_only: int, second_only: int, neither: int) -> Agreement:
    """Agreement from the four counts of comments. Raises ValueError for a negative count."""
    counts = (both, first_only, second_only, neither)
    if min(counts) < 0:
        raise ValueError("a count of comments is negative")
    pairs = sum(counts)
    if not pairs:
        return Agreement(0, None, None)
    alike = (both + neither) / pairs
    first, second = (both + first_only) / pairs, (both + second_only) / pairs
    by_chance = first * second + (1 - first) * (1 - second)
    kappa = None if by_chance >= 1 else (alike - by_chance) / (1 - by_chance)
    return Agreement(pairs, 100 * alike, kappa)
