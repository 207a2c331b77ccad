"""Published figures of Bournemouth, Christchurch and Poole that the sample extracts reproduce.

Counts are children, requests or plans at scale `local`; larger scales multiply them. Sources: DfE "Education, health
and care plans" 2025 release (calendar years 2019-2024), the 2026 release for 2025, and LAIT for suspensions. Figures
of 2026, and of any later year, are assumptions that continue the last published year.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanYear:
    """Plans issued in one calendar year: all, with a regulation 10(4) exception, inside 20 weeks, over one year."""

    issued: int
    exceptions: int
    within_20_weeks: int
    within_20_weeks_without_exception: int
    over_one_year: int
    longest_usual_days: int

    def scaled(self, factor: float) -> "PlanYear":
        """The same year for a place `factor` times as large."""
        return PlanYear(
            round(self.issued * factor),
            round(self.exceptions * factor),
            round(self.within_20_weeks * factor),
            round(self.within_20_weeks_without_exception * factor),
            round(self.over_one_year * factor),
            self.longest_usual_days,
        )


TWENTY_WEEKS_DAYS = 140
SIX_WEEKS_DAYS = 42
FIRST_YEAR = 2019
LAST_YEAR = 2026

PLANS_BY_YEAR = {
    2019: PlanYear(344, 10, 305, 305, 0, 230),
    2020: PlanYear(264, 31, 51, 51, 4, 300),
    2021: PlanYear(455, 61, 123, 123, 6, 330),
    2022: PlanYear(386, 30, 26, 26, 6, 360),
    2023: PlanYear(273, 0, 13, 13, 5, 364),
    2024: PlanYear(784, 149, 581, 493, 42, 360),
    2025: PlanYear(656, 43, 460, 423, 6, 200),
    2026: PlanYear(720, 40, 530, 500, 6, 220),
}
REQUESTS_BY_YEAR = {2019: 541, 2020: 481, 2021: 592, 2022: 837, 2023: 903, 2024: 1230, 2025: 1300, 2026: 1350}
REFUSED_TO_ASSESS_BY_YEAR = {2019: 114, 2020: 101, 2021: 79, 2022: 95, 2023: 354, 2024: 295, 2025: 320, 2026: 330}
NOT_ISSUED_BY_YEAR = {2019: 18, 2020: 16, 2021: 25, 2022: 24, 2023: 51, 2024: 170, 2025: 150, 2026: 150}
DECIDED_IN_SIX_WEEKS_PERCENT = {
    2019: 93.0,
    2020: 85.0,
    2021: 81.0,
    2022: 68.0,
    2023: 50.9,
    2024: 98.2,
    2025: 97.4,
    2026: 97.9,
}
REVIEW_MEETING_HELD_PERCENT = 97.1
REVIEW_DECISION_WITHIN_4_WEEKS_PERCENT = 10.6

# By the January census that gives the headcount; LAIT publishes 2023/24, the later two years are assumptions.
SUSPENSION_RATE_PERCENT = {2024: 13.88, 2025: 14.6, 2026: 14.9}
PERMANENT_EXCLUSION_RATE_PERCENT = {2024: 0.172, 2025: 0.165, 2026: 0.158}
ONE_OR_MORE_SUSPENSIONS_PERCENT = {2024: 4.03, 2025: 4.15, 2026: 4.2}

PRIMARY_NEED_OF_PLANS = {
    "ASD": 0.306,
    "SEMH": 0.247,
    "SLCN": 0.206,
    "MLD": 0.102,
    "SLD": 0.035,
    "SPLD": 0.03,
    "PD": 0.026,
    "PMLD": 0.014,
    "HI": 0.012,
    "OTH": 0.01,
    "VI": 0.006,
    "DS": 0.005,
    "MSI": 0.001,
}
PRIMARY_NEED_OF_SEN_SUPPORT = {
    "SLCN": 0.26,
    "SEMH": 0.235,
    "SPLD": 0.155,
    "MLD": 0.145,
    "ASD": 0.09,
    "NSA": 0.045,
    "OTH": 0.03,
    "PD": 0.018,
    "HI": 0.014,
    "VI": 0.006,
    "MSI": 0.002,
}
ETHNICITY = {
    "WBRI": 0.745,
    "WOTH": 0.075,
    "MOTH": 0.025,
    "MWAS": 0.02,
    "MWBC": 0.012,
    "MWBA": 0.01,
    "AOTH": 0.018,
    "AIND": 0.018,
    "ABAN": 0.009,
    "APKN": 0.005,
    "CHNE": 0.007,
    "BAFR": 0.013,
    "BCRB": 0.003,
    "BOTH": 0.004,
    "OOTH": 0.014,
    "WIRI": 0.004,
    "WROM": 0.002,
    "WIRT": 0.001,
    "REFU": 0.007,
    "NOBT": 0.008,
}
SUSPENSION_REASON = {
    "DB": 0.43,
    "VA": 0.16,
    "PP": 0.15,
    "VP": 0.05,
    "PA": 0.06,
    "DM": 0.035,
    "DA": 0.03,
    "OW": 0.02,
    "BU": 0.015,
    "RA": 0.012,
    "LG": 0.008,
    "SM": 0.008,
    "TH": 0.007,
    "MT": 0.008,
    "DS": 0.004,
    "PH": 0.003,
}


def plan_year(year: int) -> PlanYear:
    """Plans of a calendar year; after `LAST_YEAR` the last assumption goes on."""
    return PLANS_BY_YEAR[min(year, LAST_YEAR)]


def of_year(figures: dict[int, int] | dict[int, float], year: int) -> float:
    """Figure of a year, held at the first and last known year outside the series."""
    return figures[min(max(year, min(figures)), max(figures))]
