"""The council's own file, and the shared tables about rows and answers."""

from datetime import date

import duckdb
import pandas as pd

from pipelines.deliveries import COLUMN_WORDS, TABLE_WORDS, write_deliveries
from pipelines.publish import assemble_warehouse
from pipelines.publish.protect import protect_shared
from pipelines.settings import Settings


def test_the_warehouse_file_holds_every_layer_with_comments_and_is_swapped_whole(settings: Settings) -> None:
    for layer, table, file in (("raw", "exclusions", "aa"), ("raw", "exclusions", "bb"), ("core", "area", "area")):
        folder = settings.warehouse / layer / table
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"file_id": [file], "lsoa_code": ["E01015272"]}).to_parquet(folder / f"{file}.parquet")
    target = settings.warehouse / "warehouse.duckdb"
    target.with_name("warehouse.duckdb.wal").write_bytes(b"stale")
    assert assemble_warehouse(settings) == target
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.exclusions").fetchall() == [(2,)]
        silent = connection.execute(
            "select count(*) from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        assert silent == [(0,)]
    assert not target.with_name("warehouse.duckdb.wal").exists()
    assert not list(settings.warehouse.glob(".warehouse*"))


def test_the_table_of_deliveries_says_what_its_columns_are(settings: Settings) -> None:
    write_deliveries(settings, [])
    with duckdb.connect(str(assemble_warehouse(settings)), read_only=True) as connection:
        of_table = connection.execute("select comment from duckdb_tables() where table_name = 'delivery'").fetchall()
        of_columns = connection.execute(
            "select column_name, comment from duckdb_columns() where table_name = 'delivery'"
        ).fetchall()
    assert of_table == [(TABLE_WORDS,)] and dict(of_columns) == COLUMN_WORDS


def answers(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    rows = [
        {
            "wave_id": "2025-AUT-PC",
            "wave_start_date": date(2025, 11, 1),
            "wave_end_date": date(2025, 11, 30),
            "respondent_role": "parent_carer",
            "theme": "being_listened_to",
            "question_id": "q_listened",
            "wording": "I feel listened to",
            "measure_ids": "CU1|CU2",
            "area_code": "E06000058",
            "breakdown": "total" if value == "All" else "sex",
            "breakdown_value": value,
            "numerator": float(numerator),
            "denominator": float(denominator),
        }
        for value, (numerator, denominator) in counts.items()
    ]
    return pd.DataFrame(rows)


def test_survey_answers_are_protected_like_measures_and_low_bases_are_marked(settings: Settings) -> None:
    path = settings.data_dir / "lived_experience.parquet"
    path.parent.mkdir(parents=True)
    answers({"All": (80, 157), "F": (60, 110), "M": (9, 20), "Unknown": (11, 27)}).to_parquet(path)
    safe = pd.read_parquet(protect_shared(settings, {"lived_experience": path}).tables["lived_experience"])
    status = dict(
        zip(safe["breakdown_value"], safe["status"].astype(object).where(safe["status"].notna(), None), strict=True)
    )
    assert status == {"All": None, "F": None, "M": "u", "Unknown": "u"}
    answers({"All": (80, 139), "F": (60, 110), "M": (9, 20), "Unknown": (11, 9)}).assign(
        numerator=[80.0, 60.0, 15.0, 5.0], denominator=[139.0, 110.0, 20.0, 9.0]
    ).to_parquet(path)
    safe = pd.read_parquet(protect_shared(settings, {"lived_experience": path}).tables["lived_experience"])
    assert set(safe.loc[safe["status"] == "c", "breakdown_value"]) == {"Unknown", "M"}
    assert safe.loc[safe["status"] == "c", ["base", "positive_pct", "positive_answers"]].isna().all(axis=None)
