"""Files that must be whole: hashed, flushed to the disk, and swapped in with one rename."""

import hashlib
import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)


def sha256(path: Path) -> str:
    """Hash of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Wait until a file (or, where the system can, a folder) is on the disk."""
    if path.is_dir():
        if os.name == "nt":
            return
        handle = os.open(path, os.O_RDONLY)
    else:
        handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def wal_of(path: Path) -> Path:
    """The write-ahead log that DuckDB would keep beside a database file."""
    return path.with_name(f"{path.name}.wal")


def set_stale_wal_aside(path: Path, mark: str) -> Path | None:
    """Move a `.wal` that lies beside `path` out of the way and say so; returns where it went, or None.

    DuckDB replays a log that it finds beside a database, even one that belonged to the file that stood there before.
    """
    wal = wal_of(path)
    if not wal.exists():
        return None
    aside = wal.with_name(f"{wal.name}.stale-{mark}")
    wal.replace(aside)
    log.warning("A stale log lay beside %s: it was moved to %s and not replayed.", path.name, aside.name)
    return aside


def copy_beside(source: Path, target: Path, mark: str) -> Path:
    """Copy `source` to a hidden name beside `target`, on the disk before this returns; a failed copy is removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{mark}.new")
    try:
        shutil.copyfile(source, beside)
        flush(beside)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def put_in_place(beside: Path, target: Path, mark: str) -> None:
    """Put `beside` in the place of `target` with one rename; readers of the old file keep it.

    Raises PermissionError on Windows while somebody holds `target`; `target` is then as it was and `beside` is gone.
    """
    try:
        set_stale_wal_aside(target, mark)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    set_stale_wal_aside(target, mark)
    flush(target.parent)


def swap_in(source: Path, target: Path, mark: str) -> None:
    """`copy_beside`, then `put_in_place`."""
    put_in_place(copy_beside(source, target, mark), target, mark)
