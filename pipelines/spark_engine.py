"""Runs a model on any Spark Connect server (Apache Spark 4 or Sail). Needs the package `pyspark-client`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipelines.tables import replace_atomically


class SparkEngine:
    """A session of our own on a Spark Connect server that sees the same folder as this process."""

    def __init__(self, remote: str) -> None:
        self.session = SparkSession.builder.remote(remote).create()

    def run(self, sql: str, inputs: Mapping[str, Path], output: Path) -> int:
        """See `engine.Engine.run`. Inputs become external tables: a temporary view cannot stand in a schema."""
        for name, path in inputs.items():
            location = str(path.resolve()).replace("\\", "/").replace("'", "\\'")
            self.session.sql(f"create schema if not exists {name.split('.')[0]}")
            # The schema of an external table is read when it is made, so a replaced file needs a new table.
            self.session.sql(f"drop table if exists {name}")
            self.session.sql(f"create table {name} using parquet location '{location}'")
        with replace_atomically(output) as beside, tempfile.TemporaryDirectory(dir=beside.parent) as folder:
            made = Path(folder) / "made"
            result = self.session.sql(sql)
            result.write.parquet(str(made))
            parts = sorted(made.glob("*.parquet"))
            schema = pq.read_schema(parts[0]) if parts else result.limit(0).toArrow().schema
            rows = 0
            with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
                for part in parts:
                    for batch in pq.ParquetFile(part).iter_batches():
                        writer.write_batch(batch)
                        rows += batch.num_rows
        return rows

    def close(self) -> None:
        """See `engine.Engine.close`. A session that outlives its server looks for it for minutes when Python exits."""
        self.session.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
