"""Of which months each file has data: what puts deliveries in order, whenever they arrive."""

from collections.abc import Sequence

from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.landing import ReceivedFile
from pipelines.settings import Settings
from pipelines.tables import file_path, quoted


def find_months(settings: Settings, contract: Contract, files: Sequence[ReceivedFile]) -> dict[str, tuple[str, ...]]:
    """file_id → first days (ISO) of the months that the newest dates of its accepted rows lie in, in order.

    The dates are those that the contract names as `dataUpTo`. One after the day on which the file came does not count:
    it is a plan, or a slip of the pen. So the answer is the same on whatever day it is asked.
    """
    if not files or contract.deliveries is None or not contract.deliveries.data_up_to:
        return {}

    def paths(layer: str) -> str:
        return ", ".join(quoted(file_path(settings, layer, contract.id, file.file_id)) for file in files)

    past = ", ".join(
        f'case when typed."{name}" <= arrival.day then typed."{name}" end' for name in contract.deliveries.data_up_to
    )
    months: dict[str, tuple[str, ...]] = {}
    with connect(settings) as connection:
        connection.execute("create temp table arrival (file_id varchar, day date)")
        connection.executemany(
            "insert into arrival values (?, ?)", [[file.file_id, file.received_at.date()] for file in files]
        )
        rows = connection.execute(f"""
            select distinct typed.file_id, cast(date_trunc('month', greatest({past})) as date) as month
            from read_parquet([{paths("typed")}]) typed
            join arrival on arrival.file_id = typed.file_id
            anti join read_parquet([{paths("quarantine")}]) quarantined
                on quarantined.file_id = typed.file_id and quarantined.row_number = typed.row_number
            where greatest({past}) is not null
            order by all
        """).fetchall()
    for file_id, month in rows:
        months[file_id] = (*months.get(file_id, ()), month.isoformat())
    return months
