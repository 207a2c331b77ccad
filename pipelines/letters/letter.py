"""A letter to one supplier of one source: what came of the newest delivery, what to fix first, and how the last one was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pipelines.contracts import Contract
from pipelines.deliveries import supplier_ids
from pipelines.ledgers.states import correction_lines
from pipelines.letters.measures_touched import MeasuresTouched
from pipelines.letters.things import (
    READ_AS,
    Line,
    Thing,
    compared_with,
    lines_to_fix,
    most_useful_first,
    things_to_fix,
)
from pipelines.outcomes import FileOutcome
from pipelines.settings import Settings

AREA_TIME: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class FileReceived:
    """One file of the delivery. Its rows: received = usable (perhaps given way to newer ones) + not used + twice.

    Rows that were left out because consent was withdrawn are in none of the three: they are not the supplier's to mend.
    """

    name: str
    file_id: str
    received: str
    read_as: str
    verdict: str
    is_refused: bool
    rows_received: int
    rows_usable: int
    rows_not_used: int
    rows_twice: int


@dataclass(frozen=True)
class LastDelivery:
    """The delivery before, against this one. `mended`: what was wrong then and is right now, in plain words.

    `can_be_compared` is False where a file of either could not be read at all: nothing is known of its rules then.
    """

    received: str
    rows_received: int
    rows_not_used: int
    things: int
    can_be_compared: bool
    mended: tuple[str, ...]
    same: int
    new: int


@dataclass(frozen=True)
class Letter:
    """One letter. `things` are in the order in which to fix them; `last` is None for a supplier's first delivery.

    `supplier` is the name of its folder; `path_stem` is where the letter lies below reports/, without suffix, and has none.
    """

    source: str
    source_name: str
    supplier: str
    path_stem: str
    files: tuple[FileReceived, ...]
    things: tuple[Thing, ...]
    last: LastDelivery | None

    @property
    def to_fix(self) -> tuple[Thing, ...]:
        """The things that should be put right, without what is only said."""
        return tuple(thing for thing in self.things if thing.severity != "info")

    @property
    def addressee(self) -> str:
        """Whom the letter is for."""
        return self.supplier if self.supplier != self.source else f"the supplier of {self.source_name}"


def letters_of(
    settings: Settings, contract: Contract, outcomes: Sequence[FileOutcome], measures: MeasuresTouched
) -> list[Letter]:
    """The letter of each supplier of a source that has a delivery which was not withdrawn."""
    letters: list[Letter] = []
    for supplier, supplier_id in supplier_ids(contract, outcomes).items():
        sent = [outcome for outcome in outcomes if outcome.supplier == supplier and not outcome.withdrawn]
        deliveries = list(dict.fromkeys(outcome.received_at for outcome in sent))
        if deliveries:
            newest, before = (
                [o for o in sent if o.received_at in which] for which in (deliveries[-1:], deliveries[-2:-1])
            )
            stem = f"letters/{contract.id}/{supplier_id.replace(' ', '_')}"
            older = [outcome for outcome in sent if outcome not in newest]
            letters.append(letter_of(settings, contract, newest, before, measures, stem, older))
    return letters


def letter_of(
    settings: Settings,
    contract: Contract,
    newest: Sequence[FileOutcome],
    before: Sequence[FileOutcome],
    measures: MeasuresTouched,
    path_stem: str = "",
    older: Sequence[FileOutcome] = (),
) -> Letter:
    """The letter about the files of one delivery, held against those of the delivery before (none: the first).

    Of `older` files it tells what is corrected in rows of theirs that are in use.
    """
    now, then = ({outcome: lines_to_fix(settings, outcome) for outcome in files} for files in (newest, before))
    corrected = {outcome: lines for outcome in older if (lines := correction_lines(settings, outcome))}
    things = things_to_fix(contract, {**now, **corrected}, measures)
    earlier = [thing for thing in things_to_fix(contract, then, measures) if thing.severity != "info"]
    last = _last(newest, before, things, earlier) if before else None
    known = frozenset(thing.rule_id for thing in earlier) if last and last.can_be_compared else None
    return Letter(
        source=contract.id,
        source_name=contract.name,
        supplier=newest[0].supplier,
        path_stem=path_stem,
        files=tuple(_file(contract, outcome, lines) for outcome, lines in now.items()),
        things=tuple(most_useful_first(compared_with(things, known))),
        last=last,
    )


def _file(contract: Contract, outcome: FileOutcome, lines: Sequence[Line]) -> FileReceived:
    said = next((str(line["plain_words"]) for line in lines if line["rule_id"] == READ_AS), "")
    left_out = outcome.rows_quarantined + outcome.rows_duplicate + len(outcome.consent_withdrawn)
    return FileReceived(
        name=outcome.file_name,
        file_id=outcome.file_id,
        received=_when(outcome),
        read_as=said.removeprefix("The file was read as ").removesuffix(".") or contract.name,
        verdict=_verdict(outcome),
        is_refused=outcome.refused,
        rows_received=outcome.rows_received,
        rows_usable=outcome.rows_received - left_out,
        rows_not_used=outcome.rows_quarantined,
        rows_twice=outcome.rows_duplicate,
    )


def _verdict(outcome: FileOutcome) -> str:
    if outcome.refused and not outcome.rows_received:
        return "The file could not be read, so nothing of it is used; what you sent before stays in use."
    if outcome.refused:
        return "The file could not be used: it breaks a rule for whole files. What you sent before stays in use."
    if not outcome.rows_quarantined:
        return "The file can be used as it is."
    return f"The file can be used, except {outcome.rows_quarantined:,} of its {outcome.rows_received:,} rows."


def _last(
    newest: Sequence[FileOutcome], before: Sequence[FileOutcome], now: Sequence[Thing], then: Sequence[Thing]
) -> LastDelivery:
    rules_now = {thing.rule_id for thing in now if thing.severity != "info"}
    rules_then = {thing.rule_id for thing in then}
    words = {thing.rule_id: thing.plain_words for thing in then}
    return LastDelivery(
        received=_when(before[0]),
        rows_received=sum(outcome.rows_received for outcome in before),
        rows_not_used=sum(outcome.rows_quarantined for outcome in before),
        things=len(rules_then),
        can_be_compared=all(outcome.rule_results or not outcome.refused for outcome in (*newest, *before)),
        mended=tuple(words[rule_id] for rule_id in sorted(rules_then - rules_now)),
        same=len(rules_then & rules_now),
        new=len(rules_now - rules_then),
    )


def _when(outcome: FileOutcome) -> str:
    came = datetime.fromisoformat(outcome.received_at).astimezone(AREA_TIME)
    return f"{came.day} {came:%B %Y} at {came:%H:%M}"
