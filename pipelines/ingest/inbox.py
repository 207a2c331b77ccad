"""What lies in the inbox and is finished: half-written files, locks of Office and hidden files wait."""

from pathlib import Path

from pipelines.settings import Settings

UNFINISHED_SUFFIXES = {".part", ".tmp", ".crdownload"}


def finished_files(folder: Path) -> list[Path]:
    """All finished files below a folder."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix.lower() not in UNFINISHED_SUFFIXES and not path.name.startswith(("~$", "."))
    )


def loose_files(settings: Settings) -> list[Path]:
    """Finished files that lie in the inbox itself, outside every folder."""
    return [path for path in finished_files(settings.inbox) if path.parent == settings.inbox]
