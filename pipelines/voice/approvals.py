"""data/quote_approvals.csv: which texts two people approved. A line that breaks a rule of its contract counts for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pipelines.ingest.consent import canonical
from pipelines.ledgers.reading import LedgerProblem, read_ledger
from pipelines.settings import Settings

NAME: Final = "quote_approvals"
APPROVE: Final = "approve"


@dataclass(frozen=True)
class Decision:
    """One decision about one text. edited_text: what to publish instead; '' where it is the text that was read."""

    approved: bool
    edited_text: str = field(repr=False)


@dataclass(frozen=True)
class Approvals:
    """(response, hash of the text) → decision. problem: why the list could not be read, in words; then nothing is approved."""

    decisions: Mapping[tuple[str, str], Decision] = field(default_factory=dict[tuple[str, str], Decision], repr=False)
    lines_to_correct: int = 0
    problem: str = ""

    def of(self, response_id: str, text_hash: str) -> Decision | None:
        """The decision about this very text."""
        return self.decisions.get((canonical(response_id), text_hash))

    @property
    def responses(self) -> frozenset[str]:
        """Responses with a decision about any text, as `canonical` has them."""
        return frozenset(response_id for response_id, _ in self.decisions)


def load_approvals(settings: Settings, as_at: date) -> Approvals:
    """The list as it stands; empty where there is none."""
    if not settings.quote_approvals.exists():
        return Approvals()
    try:
        ledger = read_ledger(settings, settings.quote_approvals, NAME, as_at)
    except LedgerProblem as problem:
        return Approvals(problem=str(problem))
    decisions = {
        (canonical(str(row["response_id"])), str(row["text_hash"])): Decision(
            row["decision"] == APPROVE, str(row["edited_text"] or "")
        )
        for row in ledger.rows
        if row["row_number"] not in ledger.broken
    }
    return Approvals(decisions, len(ledger.broken) + len(ledger.ragged))
