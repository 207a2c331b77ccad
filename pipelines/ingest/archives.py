"""What is inside a .zip or .gz: each member is a file of its own, unpacked within limits."""

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO
from uuid import uuid4

from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings
from pipelines.tables import replace_atomically

ARCHIVE_SUFFIXES = {".zip", ".gz"}
BETWEEN = " › "
CHUNK_BYTES = 1024**2
SMALL_BYTES = 16 * 1024**2
IGNORED_FOLDERS = ("__MACOSX/",)
# What Python raises for a .zip or .gz that is broken, has a password, or says what is not so.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class Member:
    """One file of an archive as it was unpacked: `name` is 'archive.zip › member.csv'."""

    name: str
    path: Path


def unpack(archive: Path, name: str, folder: Path, settings: Settings) -> list[Member]:
    """Unpack every member into `folder`, under names of our own. Raises FileRefused for a name or size that is not safe.

    An archive is taken whole or not at all: what was unpacked before a refusal is removed.
    """
    found: list[Member] = []
    allowed = min(settings.max_archive_bytes, max(SMALL_BYTES, settings.max_archive_ratio * archive.stat().st_size))
    try:
        for number, (member, stream) in enumerate(_members(archive, name, settings)):
            # A hidden name of the kind that `clear_unfinished` removes after a run that was killed.
            path = folder / f".{number}.{uuid4().hex[:8]}{_suffix(member)}"
            with replace_atomically(path) as beside:
                allowed -= _copy(stream, beside, allowed, name, settings)
            found.append(Member(f"{name}{BETWEEN}{member}", path))
    except FileRefused:
        _remove(found)
        raise
    except BROKEN_ARCHIVE:
        _remove(found)
        raise FileRefused(
            "unreadable", f"{name} is not a readable archive, or it has a password. Make it again."
        ) from None
    if not found:
        raise FileRefused("empty", f"{name} has no files in it. Make it again.")
    return found


def _suffix(member: str) -> str:
    suffix = PurePosixPath(member).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 8 else ""


def _members(archive: Path, name: str, settings: Settings) -> Iterator[tuple[str, IO[bytes] | gzip.GzipFile]]:
    if archive.suffix.lower() == ".gz":
        inner = PurePosixPath(name.split(BETWEEN)[-1]).stem
        with gzip.open(archive, "rb") as stream:
            yield inner, stream
        return
    with zipfile.ZipFile(archive) as opened:
        for info in _safe_infos(opened, name, settings):
            with opened.open(info) as stream:
                yield info.filename, stream


def _safe_infos(opened: zipfile.ZipFile, name: str, settings: Settings) -> list[zipfile.ZipInfo]:
    infos = [info for info in opened.infolist() if not info.is_dir() and not info.filename.startswith(IGNORED_FOLDERS)]
    if len(infos) > settings.max_archive_members:
        raise FileRefused(
            "too_many_members",
            f"{name} has {len(infos):,} files in it; at most {settings.max_archive_members} are unpacked. Send them in"
            " several archives, or raise the limit (SENDSET_MAX_ARCHIVE_MEMBERS).",
        )
    for number, info in enumerate(infos, start=1):
        if not _is_safe(info.filename):
            raise FileRefused(
                "unsafe_name",
                f"{name}: the name of its file {number} leads outside the archive. Make it again from a plain folder.",
            )
    return infos


def _is_safe(member: str) -> bool:
    windows, posix = PureWindowsPath(member), PurePosixPath(member)
    parts = {*windows.parts, *posix.parts}
    plain = member.isprintable() and not (windows.drive or windows.root or posix.is_absolute())
    return plain and ".." not in parts


def _copy(stream: IO[bytes] | gzip.GzipFile, target: Path, allowed: int, name: str, settings: Settings) -> int:
    size = 0
    with target.open("wb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > allowed:
                raise FileRefused(
                    "zip_bomb",
                    f"{name} unpacks to over {settings.max_archive_ratio} times its size or"
                    f" {settings.max_archive_bytes:,} bytes: it is not unpacked. Send what is in it, or raise"
                    " the limits (SENDSET_MAX_ARCHIVE_RATIO, SENDSET_MAX_ARCHIVE_BYTES).",
                )
            out.write(chunk)
    return size


def _remove(members: list[Member]) -> None:
    for member in members:
        member.path.unlink(missing_ok=True)
