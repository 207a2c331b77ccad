"""The counts as the council holds them, to tell which ranges that an attacker found are of small counts."""

import pandas as pd

from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.attack.counts import Counts, counts_of
from tests.attack.partner_file import PartnerFile, days_as_text

SHARES = ("positive_pct", "share_pct", "lower_95", "upper_95")
NAMES = {
    "observation": {},
    "cross_tabulation": {"numerator": "count", "denominator": "base"},
    "lived_experience": {"numerator": "positive_answers", "denominator": "base"},
    "data_quality": {},
}


def true_counts(settings: Settings) -> Counts:
    """The counts of the newest refresh before anything was protected."""
    tables: dict[str, pd.DataFrame] = {}
    for name, columns in NAMES.items():
        table = pd.read_parquet(table_path(settings, "shared", name)).rename(columns=columns)
        tables[name] = days_as_text(table.assign(**{one: None for one in SHARES if one not in table.columns}))
    return counts_of(PartnerFile("council", "", tables))
