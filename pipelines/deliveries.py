"""Which deliveries came, came late, are missing, or are not due yet, by each contract's calendar: core.delivery.

core.delivery  one row per source, supplier and period of which a delivery was due since the supplier's first file came, or
               came all the same: what was due before the first file came was owed by nobody, and is never late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Final, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts import Contract
from pipelines.delivery_calendar import Deliveries, Period
from pipelines.outcomes import FileOutcome, delivered_months, received_date
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path

DeliveryStatus = Literal["received", "late", "missing", "not yet due"]
STATUSES: Final[tuple[DeliveryStatus, ...]] = get_args(DeliveryStatus)
DELIVERY: Final = pa.schema(
    [
        ("source", pa.string()),
        ("supplier", pa.string()),
        ("supplier_id", pa.string()),
        ("period", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("due_date", pa.date32()),
        ("status", pa.string()),
        ("file_id", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("days_late", pa.int32()),
    ]
)
TABLE_WORDS: Final = "One row per source, supplier and period: whether its delivery came, came late, or is missing."
COLUMN_WORDS: Final[Mapping[str, str]] = {
    "source": "The contract that the delivery belongs to",
    "supplier": "Name of the supplier's folder: for the council only",
    "supplier_id": "Number of the supplier, which may be shown outside the council",
    "period": "Month, term or year of which the delivery brings the data",
    "period_start": "First day of the period",
    "period_end": "Last day of the period",
    "due_date": "Last day on which the delivery is on time",
    "status": "received (on time), late (it came after due_date), missing (it should have come), not yet due",
    "file_id": "The newest usable file with the data of the period; NULL if there is none",
    "received_at": "When the first usable file with the data of the period came (UTC)",
    "days_late": "Days from due_date to the day on which it came, or to the day of the refresh; 0 if on time",
}


@dataclass(frozen=True)
class DeliveryState:
    """One row of core.delivery."""

    source: str
    supplier: str
    supplier_id: str
    period: str
    period_start: date
    period_end: date
    due_date: date
    status: DeliveryStatus
    file_id: str | None = None
    received_at: datetime | None = None
    days_late: int | None = None


def write_deliveries(settings: Settings, states: Sequence[DeliveryState]) -> int:
    """Write core.delivery; return its rows."""
    table = pa.Table.from_pylist([asdict(state) for state in states], DELIVERY)
    with replace_atomically(table_path(settings, "core", "delivery")) as beside:
        pq.write_table(table, beside)
    return table.num_rows


def supplier_ids(contract: Contract, outcomes: Sequence[FileOutcome]) -> dict[str, str]:
    """Supplier → what it is called outside the council: its folder may have a child's name, so it is a number there."""
    suppliers = dict.fromkeys(outcome.supplier for outcome in outcomes)
    return {
        supplier: contract.id if supplier == contract.id else f"supplier {number}"
        for number, supplier in enumerate(suppliers, start=1)
    }


def delivery_states(contract: Contract, outcomes: Sequence[FileOutcome], as_at: date) -> list[DeliveryState]:
    """The deliveries of one source as they stand on `as_at`, by supplier and period. Withdrawn files never came."""
    if contract.deliveries is None:
        return []
    states: list[DeliveryState] = []
    for supplier, supplier_id in supplier_ids(contract, outcomes).items():
        came = [outcome for outcome in outcomes if outcome.supplier == supplier and not outcome.withdrawn]
        if came:
            states += _of_supplier(contract, contract.deliveries, came, supplier_id, as_at)
    return states


def overdue(states: Sequence[DeliveryState], as_at: date) -> DeliveryState | None:
    """The delivery that a supplier owes: the newest one that is due, if it is missing."""
    due = [state for state in states if state.due_date < as_at]
    return due[-1] if due and due[-1].status == "missing" else None


@dataclass(frozen=True)
class _Arrival:
    """A usable file: the day on which it came, the start of the newest period that it brings, and of all of them."""

    outcome: FileOutcome
    day: date
    newest: date
    brought: frozenset[date]


def _arrivals(deliveries: Deliveries, came: Sequence[FileOutcome]) -> list[_Arrival]:
    arrivals: list[_Arrival] = []
    for outcome in came:
        if not outcome.refused:
            brought = frozenset(deliveries.period_of(month).start for month in delivered_months(outcome))
            arrivals.append(_Arrival(outcome, received_date(outcome), max(brought), brought))
    return arrivals


def _of_supplier(
    contract: Contract, deliveries: Deliveries, came: Sequence[FileOutcome], supplier_id: str, as_at: date
) -> list[DeliveryState]:
    arrivals = _arrivals(deliveries, came)
    began = min(received_date(outcome) for outcome in came)
    newest = {arrival.newest for arrival in arrivals}
    states: list[DeliveryState] = []
    for period, due in _with_due_dates(deliveries):
        if period.start > as_at or (due < began and period.start not in newest):
            continue
        # A file that came long before the period ended is no delivery of it: the rest was still to come.
        from_day = deliveries.may_come_from(period)
        files = [arrival for arrival in arrivals if arrival.day >= from_day and _brings(contract, arrival, period)]
        state = DeliveryState(
            contract.id, came[0].supplier, supplier_id, period.label, period.start, period.end, due, "not yet due"
        )
        states.append(_with_files(state, files, began, as_at))
    return states


@cache
def _with_due_dates(deliveries: Deliveries) -> tuple[tuple[Period, date], ...]:
    return tuple((period, deliveries.due(period)) for period in deliveries.periods())


def _brings(contract: Contract, arrival: _Arrival, period: Period) -> bool:
    """Whether a file has the data of a period: of an increment by rows of it, of a snapshot by going so far."""
    return arrival.newest >= period.start if contract.delivery == "snapshot" else period.start in arrival.brought


def _with_files(state: DeliveryState, files: Sequence[_Arrival], began: date, as_at: date) -> DeliveryState:
    """The state with what came of it. A file that is sent again later does not make a delivery late."""
    if not files:
        waited = (as_at - state.due_date).days
        return replace(state, status="missing", days_late=waited) if waited > 0 else state
    nearest = min(arrival.newest for arrival in files)
    in_use = max((one for one in files if one.newest == nearest), key=lambda one: one.outcome.sequence)
    first = min(files, key=lambda one: one.outcome.received_at)
    is_late = began <= state.due_date < first.day
    return replace(
        state,
        status="late" if is_late else "received",
        file_id=in_use.outcome.file_id,
        received_at=datetime.fromisoformat(first.outcome.received_at),
        days_late=(first.day - state.due_date).days if is_late else 0,
    )
