"""A partner: opens the shared file again and again and checks that what it sees is one whole release.

`python reader.py FILE OPENS`. Each look opens the file anew after the last connection was closed. Prints the number of looks
and of different releases seen; ends with a traceback and exit code 1 at the first error.
"""

import sys

import duckdb

WHOLE = """
select
    (select max(release_id) from release),
    (select min(release_id) from release),
    (select row_count from dictionary where column_name is null and table_name = 'observation'),
    (select count(*) from observation),
    (select row_count from dictionary where column_name is null and table_name = 'measure'),
    (select count(*) from measure),
    (select count(distinct denominator) from observation where breakdown = 'total')
"""


def look(path: str) -> str:
    """Open, check that rows and figures are those of one release, and return its id."""
    with duckdb.connect(path, read_only=True, config={"threads": 1}) as connection:
        newest, oldest, promised, counted, promised_measures, measures, totals = connection.execute(WHOLE).fetchall()[0]
    assert newest == oldest, "more than one release in the file"
    assert (promised, promised_measures) == (counted, measures), "rows are missing"
    assert totals == 1, "figures of two releases are mixed"
    return str(newest)


if __name__ == "__main__":
    seen = {look(sys.argv[1]) for _ in range(int(sys.argv[2]))}
    print(sys.argv[2], len(seen))
