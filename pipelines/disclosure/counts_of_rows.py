"""The safe `data_quality`: rows of extracts are about children, so small counts of them are hidden too."""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

import numpy as np
import pandas as pd

PARTS = ["accepted", "quarantined", "duplicate", "superseded"]


def safe_data_quality(lines: pd.DataFrame, threshold: int, spoilt: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Hide counts of 1 to one below `threshold`, and as many parts of the rows received as protect them.

    Input: one row per source, topic (rows, rule) and item, with row_count and total. Output: without total, with share_pct
    and status (`c` hidden). In a source of `spoilt` the quarantined rows are hidden whatever they count.
    """
    safe = lines.reset_index(drop=True).copy()
    count = safe["row_count"].to_numpy(dtype=float)
    hidden = (count > 0) & (count < threshold)
    hidden |= ((safe["item"] == "quarantined") & safe["source"].isin(spoilt)).to_numpy() & (count > 0)
    for source in sorted(safe["source"].unique()):
        own = (safe["source"] == source).to_numpy()
        _hide_parts(safe, count, hidden, own & (safe["topic"] == "rows").to_numpy(), threshold)
        if hidden[own & (safe["item"] == "quarantined").to_numpy()].any():
            critical = own & (safe["topic"] == "rule").to_numpy() & (safe["severity"] == "critical").to_numpy()
            hidden[critical & (count > 0)] = True
    share = np.round(100 * count / np.where(safe["total"] > 0, safe["total"], np.nan).astype(float), 1)
    safe["row_count"] = pd.Series(count).mask(hidden)
    safe["share_pct"] = pd.Series(share).mask(hidden)
    safe["status"] = np.where(hidden, "c", None)
    return safe.drop(columns="total")


def _hide_parts(safe: pd.DataFrame, count: np.ndarray, hidden: np.ndarray, rows: np.ndarray, threshold: int) -> None:
    """A part must not follow from the rows received and the other parts."""
    parts = np.flatnonzero(rows & safe["item"].isin(PARTS).to_numpy())
    received = np.flatnonzero(rows & (safe["item"] == "received").to_numpy())
    for part in parts[np.argsort(count[parts], kind="stable")]:
        inside = parts[hidden[parts]]
        if inside.size == 0 or (inside.size > 1 and count[inside].sum() >= threshold):
            return
        hidden[part] |= count[part] > 0
    inside = parts[hidden[parts]]
    if inside.size == 1 or (inside.size and count[inside].sum() < threshold):
        everything = np.append(parts, received)
        hidden[everything[count[everything] > 0]] = True
