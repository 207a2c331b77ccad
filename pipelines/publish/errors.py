"""Why a release was not published, in words for the person who must act."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


class PublishError(RuntimeError):
    """Nothing was published and the last release stays. The message says why and what to do, and holds no figures."""


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn a full disk and a failing database into a PublishError. DuckDB's own text may hold values: it is dropped."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise PublishError(_full(what)) from None
        raise PublishError(f"{what} failed: {error.strerror or type(error).__name__}. {_STAYS}") from None
    except duckdb.Error as error:
        if "No space left" in str(error) or "not enough space" in str(error).lower():
            raise PublishError(_full(what)) from None
        raise PublishError(f"{what} failed in the database ({type(error).__name__}). {_STAYS}") from None


_STAYS = "Nothing was published; the last release stays."


def _full(what: str) -> str:
    return f"{what} failed: the disk is full. {_STAYS} Free some space and refresh again."
