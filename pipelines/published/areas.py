"""Which GSS code an area has: learned from the EES files, which carry codes, numbers and names side by side."""

from collections.abc import Sequence

import duckdb

LAIT_ENGLAND = 970


def make_area_table(connection: duckdb.DuckDBPyConnection, batches: Sequence[str]) -> int:
    """Make ``published_area`` (la_number, area_code, area_name, area_level, region_code); return its number of rows.

    One row per local authority number, region and England. A number that had two codes keeps the one of the latest
    period; authorities that no longer exist keep theirs.
    """
    columns = "la_number, area_code, area_name, area_level, region_code, time_period"
    rows = " union all ".join(f"select distinct {columns} from {batch}" for batch in batches)
    rows = rows or f"select {', '.join(f'cast(null as varchar) as {name}' for name in columns.split(', '))} where false"
    connection.execute(f"""
        create or replace temp table published_area as
        select
            case when area_level = 'national' then {LAIT_ENGLAND} else try_cast(la_number as integer) end as la_number,
            max_by(area_code, time_period[1:4]) as area_code, max_by(area_name, time_period[1:4]) as area_name,
            area_level, max_by(region_code, time_period[1:4]) as region_code
        from ({rows})
        where area_level in ('national', 'regional', 'local_authority')
        group by 1, area_level, case when area_level = 'regional' then area_code end""")
    found = connection.execute("select count(*) from published_area").fetchone()
    return int(found[0]) if found else 0
