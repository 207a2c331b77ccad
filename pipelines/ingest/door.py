"""The door: identities are dropped or replaced while a file is read; no name, UPN, date of birth or postcode passes.

One SELECT over `received` (text) gives the raw table: file_id, row_number, then per contract column either its text,
or what stands for it (child_id and upn_status, birth_month and birth_date_status, lsoa_code and postcode_status).
"""

from collections.abc import Sequence

import duckdb

from pipelines.contracts import Column, Contract
from pipelines.ingest.own_identifiers import received_without_own_identifiers
from pipelines.ingest.typed import parsed_date, plausible_date
from pipelines.settings import REFERENCE, Settings
from pipelines.tables import quoted


def register_lookups(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Load postcode → LSOA and the LA parts of UPNs as temporary tables."""
    connection.execute(f"""
        create temp table postcode_lookup as
        select replace(upper(postcode), ' ', '') as postcode, any_value(lsoa_code) as lsoa_code
        from read_csv({quoted(settings.postcode_lookup)}, header = true, all_varchar = true) group by 1
    """)
    connection.execute(f"""
        create temp table upn_la_code as
        select la_code from read_csv({quoted(REFERENCE / "upn_la_codes.csv")}, header = true, all_varchar = true)
    """)


def raw_select(contract: Contract, present: Sequence[str], file_id: str) -> str:
    """The SELECT from `received` to the raw table. Columns that the file has not are NULL (status 'missing')."""
    expressions = [f"'{file_id}' as file_id", "row_number"]
    joins: list[str] = []
    for column in contract.columns:
        source = f'trim(received."{column.name}")' if column.name in present else "cast(null as varchar)"
        expressions += _door_expressions(column, f"nullif({source}, '')")
        if column.classification == "postcode" and column.name in present:
            joins.append(
                "left join postcode_lookup on postcode_lookup.postcode ="
                f" replace(upper(trim(received.\"{column.name}\")), ' ', '')"
            )
    received = received_without_own_identifiers(contract, present)
    return f"select {', '.join(expressions)} from {received} {' '.join(joins)}"


def _door_expressions(column: Column, value: str) -> list[str]:
    number = f"replace(upper({value}), ' ', '')"
    match column.classification:
        case "direct_identifier":
            return []
        case "pseudonymise" if column.name == "upn":
            valid = f"upn_status({number}) = 'valid'"
            return [
                f"case when {valid} then upn_pseudonym({number}) end as child_id",
                f"case when {valid} and substr({number}, 2, 3) not in (select la_code from upn_la_code) then 'unknown_la'"
                f" else upn_status({number}) end as upn_status",
            ]
        case "pseudonymise":
            # NHS numbers are written 943 476 5919 and 943-476-5919.
            number = f"replace({number}, '-', '')" if column.name == "nhs_number" else number
            status = f"{column.name}_status({number})"
            return [
                f"case when {status} = 'valid' then {column.name}_pseudonym({number}) end as {column.name}_id",
                f"{status} as {column.name}_status",
            ]
        case "birth_date":
            birth_date = plausible_date(parsed_date(value))
            return [
                f"cast(cast(date_trunc('month', {birth_date}) as date) as varchar) as birth_month",
                f"case when {value} is null then 'missing' when {birth_date} is null then 'unreadable' else 'valid' end"
                " as birth_date_status",
            ]
        case "postcode":
            matched = "null" if value.startswith("nullif(cast(null") else "postcode_lookup.lsoa_code"
            return [
                f"cast({matched} as varchar) as lsoa_code",
                f"case when {value} is null then 'missing' when {matched} is null then 'unmatched' else 'matched' end"
                " as postcode_status",
            ]
        case _:
            return [f'{value} as "{column.name}"']
