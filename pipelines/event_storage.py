"""Dagster's event log in SQLite, with connections kept open.

Dagster opens and closes a connection for every event, and SQLite writes everything to the disk's platter each time: a
refresh of 60 assets and 300 checks then spends most of its time waiting for that (measured: 85 of 140 seconds on a busy
machine). Here a connection stays open per file, and in WAL mode a commit need not wait for the platter: a killed process
loses nothing, a power cut at worst the last events of the log, never the file.
"""

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dagster import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

if TYPE_CHECKING:
    from dagster._core.storage.sqlite_storage import SqliteStorageConfig

FILES_KEPT_OPEN: Final = 4


class KeptOpenEventLogStorage(SqliteEventLogStorage):
    """One file for all runs' assets and one per run, as Dagster has it; the last few used stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: "SqliteStorageConfig"
    ) -> "KeptOpenEventLogStorage":
        """Made from dagster.yaml."""
        return cls(inst_data=inst_data, base_dir=config_value["base_dir"])

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def store_event(self, event: EventLogEntry) -> None:
        """Store, and touch the file: the UI follows a run by its time of change, and WAL leaves that alone."""
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    def delete_events(self, run_id: str) -> None:
        """Delete the events of a run and its file: SQLite gives the room of deleted rows back to nobody."""
        super().delete_events(run_id)
        with self._db_lock:
            if run_id in self._engines:
                self._engines.pop(run_id).dispose()
            self._initialized_dbs.discard(run_id)
        for suffix in ("", "-wal", "-shm"):
            try:
                Path(self.path_for_shard(run_id) + suffix).unlink(missing_ok=True)
            except PermissionError:
                # Windows: the UI has it open. It stays, without rows.
                return

    def dispose(self) -> None:
        """Close all."""
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    def _engine(self, shard: str) -> Engine:
        """The engine of a file, only ever used under the lock: so one connection serves all threads."""
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _no_wait_for_the_platter)
            self._engines[shard] = engine
            while len(self._engines) > FILES_KEPT_OPEN:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]


def _no_wait_for_the_platter(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma synchronous = normal")
