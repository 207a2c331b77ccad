"""From text to types. What cannot be typed becomes NULL and is named in `unreadable_columns`, never lost in silence.

A code column holds a code of its code set, NULL, or NOT_A_CODE: the supplier's text stays in the raw table, so that
free text in a code column can never travel on as a breakdown.
"""

import duckdb

from pipelines.contracts import Column, Contract, older_codes
from pipelines.tables import quoted

NOT_A_CODE = "not_a_code"
DATE_FORMATS = (
    "%d/%m/%Y",
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%b-%d %H:%M:%S",
)
EARLIEST_DATE = "1900-01-01"


def parsed_date(value: str) -> str:
    """SQL that reads a UK or ISO date, or gives NULL."""
    formats = ", ".join(f"'{form}'" for form in DATE_FORMATS)
    return f"cast(try_strptime({value}, [{formats}]) as date)"


def plausible_date(parsed: str) -> str:
    """SQL that keeps a parsed date from 1900 on: an earlier year is a typing mistake, not a date."""
    return f"case when {parsed} >= date '{EARLIEST_DATE}' then {parsed} end"


def write_typed(connection: duckdb.DuckDBPyConnection, contract: Contract, raw: str, output: str) -> tuple[int, int]:
    """Type one raw Parquet file into another; returns (rows written, identical rows left out)."""
    connection.execute(f"create or replace temp view raw_file as select * from read_parquet({quoted(raw)})")
    _create_code_map(connection, contract)
    _create_duplicate_tables(connection, contract)
    identical = connection.execute("select count(*) from identical_row").fetchone()
    written = connection.execute(f"copy ({_typed_select(contract)}) to {quoted(output)} (format parquet)").fetchone()
    return (int(written[0]) if written else 0, int(identical[0]) if identical else 0)


def _create_code_map(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Each distinct text of each code column → its code: by code, by label, or by the leading code ('WBRI - White British').

    One statement for all columns: a file of a few rows spends more time on planning statements than on anything else.
    """
    coded = [column for column in contract.columns if column.code_set]
    if not coded:
        return
    meanings = ", ".join(
        f"({quoted(column.name)}, {quoted(key)}, {quoted(code)}, {quoted(older)})"
        for column in coded
        for key, (code, older) in _meanings(contract, column).items()
    )
    seen = " union all ".join(
        f'select distinct {quoted(column.name)} as column_name, "{column.name}" as seen_text from raw_file'
        f' where "{column.name}" is not null'
        for column in coded
    )
    connection.execute(f"""
        create or replace temp table code_map as
        with code_key as (
            select * from (values {meanings}) t (column_name, key, code, older)
        ), keyed as (
            select
                column_name,
                seen_text,
                trim(regexp_replace(lower(seen_text), '[^0-9a-z]+', '_', 'g'), '_') as whole_key,
                regexp_extract(lower(seen_text), '^(?:[a-z0-9]\\) *)?([0-9a-z]+)', 1) as leading_key
            from ({seen})
        )
        select
            keyed.column_name,
            seen_text,
            coalesce(by_whole.code, without_point.code, by_leading.code, '{NOT_A_CODE}') as code,
            coalesce(by_whole.older, by_leading.older, '') as older
        from keyed
        left join code_key by_whole on by_whole.column_name = keyed.column_name and by_whole.key = whole_key
        left join code_key without_point on without_point.column_name = keyed.column_name
            and without_point.key = regexp_extract(whole_key, '^([0-9]+)_0$', 1)
        left join code_key by_leading on by_leading.column_name = keyed.column_name and by_leading.key = leading_key
            and regexp_matches(seen_text, '[^0-9A-Za-z]') and length(leading_key) >= 3
    """)


def _meanings(contract: Contract, column: Column) -> dict[str, tuple[str, str]]:
    """Key of what may be written → (code, the older code that it is, if it is one)."""
    assert column.code_set is not None
    codes = contract.code_set(column.code_set)
    keys = {_code_key(label): (code, "") for code, label in codes.items()}
    for older in older_codes(column.code_set):
        # An older code that its set still has stays itself, and is grouped with today's by the set.
        code = older.older_code if older.older_code in codes else older.code
        keys |= {_code_key(word): (code, older.older_code) for word in (older.older_label, older.older_code)}
    return keys | {_code_key(code): (code, keys.get(_code_key(code), ("", ""))[1]) for code in codes}


def count_older_codes(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[tuple[str, str, str, int]]:
    """(column, older code, today's code, cells that hold it) of the file that was typed last."""
    found: list[tuple[str, str, str, int]] = []
    for column in contract.columns:
        if column.code_set and older_codes(column.code_set):
            counts = connection.execute(f"""
                select older, count(*) from raw_file
                join code_map on column_name = {quoted(column.name)} and seen_text = "{column.name}"
                where older <> '' group by older order by older
            """).fetchall()
            today = {older.older_code: older.code for older in older_codes(column.code_set)}
            found += [(column.name, str(older), today[str(older)], int(cells)) for older, cells in counts]
    return found


def _code_key(words: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in words.lower()).split())


def _create_duplicate_tables(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """identical_row: row numbers to leave out; key_size: keys that several differing rows of the file share."""
    key = ", ".join(f'"{name}"' for name in contract.key)
    everything = ", ".join(f'"{name}"' for name, _ in contract.typed_columns)
    connection.execute(f"""
        create or replace temp table shared_key as
        select {key} from raw_file where {" and ".join(f'"{name}" is not null' for name in contract.key)}
        group by {key} having count(*) > 1
    """)
    match = " and ".join(f'raw_file."{name}" = shared_key."{name}"' for name in contract.key)
    connection.execute(f"""
        create or replace temp table identical_row as
        with ranked as (
            select row_number, row_number() over (partition by {everything} order by row_number) as copy_number
            from raw_file semi join shared_key on {match}
        )
        select row_number from ranked where copy_number > 1
    """)
    connection.execute(f"""
        create or replace temp table key_size as
        select {key}, cast(count(*) as integer) as key_count
        from raw_file semi join shared_key on {match}
        where row_number not in (select row_number from identical_row)
        group by {key} having count(*) > 1
    """)


def _typed_select(contract: Contract) -> str:
    """Two steps, so that each value is parsed once: `parsed` holds text and what it may mean, the SELECT decides."""
    parsed = ["raw_file.*"]
    typed = ["file_id", "row_number"]
    unreadable: list[str] = []
    joins: list[str] = []
    for column in contract.columns:
        text = f'raw_file."{column.name}"'
        for name, kind in column.typed:
            if name != column.name:
                typed.append(f'cast("{name}" as {kind}) as "{name}"')
            elif column.code_set:
                joins.append(
                    f"left join code_map code_of_{name} on code_of_{name}.column_name = {quoted(name)}"
                    f" and code_of_{name}.seen_text = {text}"
                )
                parsed.append(f'code_of_{name}.code as "parsed_{name}"')
                typed.append(f'"parsed_{name}" as "{name}"')
            elif kind == "VARCHAR":
                typed.append(_plain_text(column))
            else:
                parsed.append(f'{_PARSED[kind].format(value=text)} as "parsed_{name}"')
                decided = _DECIDED[kind].format(parsed=f'"parsed_{name}"')
                typed.append(f'{decided} as "{name}"')
                unreadable.append(
                    f"""case when "{name}" is not null and {decided} is null then ',{name}' else '' end"""
                )
    bad = " || ".join(unreadable) or "''"
    key = " and ".join(f'key_size."{name}" = raw_file."{name}"' for name in contract.key)
    return f"""
        with parsed as (
            select {", ".join(parsed)}, coalesce(key_size.key_count, 1) as key_count
            from raw_file {" ".join(joins)} left join key_size on {key}
            where raw_file.row_number not in (select row_number from identical_row)
        ), typed as (
            select {", ".join(typed)}, {bad} as unreadable, key_count from parsed
        )
        select * exclude (unreadable, key_count),
            case when unreadable = '' then '' else unreadable || ',' end as unreadable_columns, key_count
        from typed
    """


def _plain_text(column: Column) -> str:
    # Numbers that are names lose the '.0' that a spreadsheet adds: 100423.0 is URN 100423.
    return f"""regexp_replace("{column.name}", '^([0-9]+)\\.0$', '\\1') as "{column.name}\""""


_NUMBER = "try_cast(replace({value}, ',', '') as double)"
_PARSED = {
    "DATE": parsed_date("{value}"),
    "INTEGER": _NUMBER,
    "DOUBLE": _NUMBER,
    "BOOLEAN": "case when lower({value}) in ('1', '1.0', 'y', 'yes', 'true', 't') then true"
    " when lower({value}) in ('0', '0.0', 'n', 'no', 'false', 'f') then false end",
}
_DECIDED = {
    "DATE": plausible_date("{parsed}"),
    "INTEGER": "case when {parsed} = floor({parsed}) then try_cast({parsed} as integer) end",
    "DOUBLE": "{parsed}",
    "BOOLEAN": "{parsed}",
}
