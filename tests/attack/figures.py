"""From a printed quotient and its 95 % limits back to the counts: Wilson of a proportion, Byar or exact of a rate."""

from math import isclose, sqrt

from scipy.stats import chi2

Z = 1.959963984540054
LARGEST = 20_000


def rounding(value: float) -> float:
    """Half a unit of the last decimal that is printed, of up to six; next to nothing for a full double."""
    for decimals in range(1, 7):
        if isclose(value, round(value, decimals), rel_tol=0, abs_tol=1e-11):
            # A number such as 62.5 may be exact or rounded: the wider reading can only lose knowledge.
            return 0.5 * 10.0**-decimals
    return 1e-9 * max(abs(value), 1.0)


def counts_behind(
    value: float | None,
    lower: float | None,
    upper: float | None,
    multiplier: float,
    kind: str,
    n: float | None,
    d: float | None,
) -> tuple[float | None, float | None]:
    """Numerator and denominator, as far as what is printed gives them; None where it does not."""
    if n is None and d is None and lower is not None and upper is not None:
        n, d = (_wilson if kind == "proportion" else _poisson)(value, lower, upper, multiplier)
    if value is not None and n is None and d is not None and rounding(value) * d / multiplier < 0.5:
        n = round(value * d / multiplier)
    if value is not None and d is None and n is not None and value > 0:
        least, most = (multiplier * n / (value + sign * rounding(value)) for sign in (1.0, -1.0))
        d = round((least + most) / 2) if most - least < 1.0 else None
    return (None if n is None else float(n)), (None if d is None else float(d))


def _wilson(value: float | None, lower: float, upper: float, multiplier: float) -> tuple[int | None, int | None]:
    low, high = lower / multiplier, upper / multiplier
    if high <= low:
        return None, None

    # The limits are the roots of (1+k)x² - (2p+k)x + p² = 0 with k = z²/d: their sum and product give k.
    both, product = low + high, low * high
    bend, slope, level = (both - 1) ** 2 / 4, both * (both - 1) / 2 - product, both**2 / 4 - product
    inside = sqrt(max(slope**2 - 4 * bend * level, 0.0))
    roots = [(-slope + sign * inside) / (2 * bend) for sign in (1, -1)] if bend > 1e-12 else [-level / slope]
    for k in roots:
        d, share = (Z**2 / k, (both + (both - 1) * k) / 2) if k > 0 else (0.0, 0.0)
        near = abs(d - round(d)) < 0.02 and abs(share * d - round(d * share)) < 0.02
        if near and round(d) and (value is None or abs(share - value / multiplier) < 0.01):
            return round(d * share), round(d)
    return None, None


def _poisson(value: float | None, lower: float, upper: float, multiplier: float) -> tuple[int | None, int | None]:
    if lower <= 0:
        return None, None
    wanted = upper / lower
    least, most = 1, LARGEST
    while least < most:
        middle = (least + most) // 2
        low, high = _poisson_limits(middle)
        least, most = (middle + 1, most) if high / low > wanted * (1 + 1e-9) else (least, middle)
    low, high = _poisson_limits(least)
    if not isclose(high / low, wanted, rel_tol=1e-4 / sqrt(least)):
        return None, None
    return least, round(multiplier * low / lower)


def _poisson_limits(n: int) -> tuple[float, float]:
    if n < 10:
        return float(chi2.ppf(0.025, 2 * n)) / 2, float(chi2.ppf(0.975, 2 * n + 2)) / 2
    high = n + 1
    return n * (1 - 1 / (9 * n) - Z / (3 * sqrt(n))) ** 3, high * (1 - 1 / (9 * high) + Z / (3 * sqrt(high))) ** 3
