"""A partner: opens the shared file again and again and checks that what it sees is one whole release.

`python reader.py FILE OPENS`. Each look is a process of the pool or a new connection after the last was closed, so that the
file is really opened again. Prints the number of looks and of different releases seen; exits 1 at the first error.
"""

import sys

import duckdb


def look(path: str) -> str:
    """Open, check every table's rows against the dictionary of the same file, and return the release id."""
    with duckdb.connect(path, read_only=True) as connection:
        release = connection.execute("select distinct release_id from release").fetchall()
        promised = connection.execute(
            "select table_name, row_count from dictionary where column_name is null"
        ).fetchall()
        counted = {name: connection.execute(f'select count(*) from "{name}"').fetchall()[0][0] for name, _ in promised}
        bases = connection.execute(
            "select count(distinct denominator) from observation where breakdown = 'total'"
        ).fetchall()
    assert len(release) == 1, "more than one release in the file"
    assert counted == dict(promised), "rows are missing"
    assert bases == [(1,)], "figures of two releases are mixed"
    return str(release[0][0])


if __name__ == "__main__":
    seen = {look(sys.argv[1]) for _ in range(int(sys.argv[2]))}
    print(sys.argv[2], len(seen))
