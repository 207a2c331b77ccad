"""Files that belong together: the blades of one export. They come one by one and are read as one."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.national import blade_of
from pipelines.ingest.returns import NationalReturn


@dataclass(frozen=True)
class Waiting:
    """A file that waits to be received: its bytes at `path`, and what the supplier calls it.

    `together_in` is the folder or archive that it came in; `is_closed`: no other file will join it there.
    """

    path: Path
    name: str
    together_in: str
    is_closed: bool = False


@dataclass(frozen=True)
class FileSet:
    """The blades of one export, by module. `name` is what their file names have in common."""

    national: NationalReturn
    name: str
    members: dict[str, Waiting]

    @property
    def is_complete(self) -> bool:
        """Whether no other member is waited for."""
        closed = all(member.is_closed for member in self.members.values())
        return closed or self.national.is_complete(frozenset(self.members))

    def has_waited(self, minutes: float) -> bool:
        """Whether its newest member has been there for so long that the missing one will not come."""
        newest = max(member.path.stat().st_mtime for member in self.members.values())
        return time.time() - newest > minutes * 60


def group(files: Sequence[Waiting]) -> tuple[list[FileSet], list[Waiting]]:
    """The sets among some files, and the files that are no blades."""
    sets: dict[tuple[str, str, str], FileSet] = {}
    single: list[Waiting] = []
    for file in files:
        blade = blade_of(file.path)
        if blade is None:
            single.append(file)
            continue
        national, module = blade
        stem = _common_stem(file.name, module)
        found = sets.setdefault((file.together_in, national.id, stem), FileSet(national, stem, {}))
        if module in found.members:
            # A second export under the same name: it is a set of its own, which will say what it lacks.
            found = sets.setdefault((file.together_in, national.id, file.name), FileSet(national, file.name, {}))
        found.members[module] = file
    return list(sets.values()), single


def _common_stem(name: str, module: str) -> str:
    stem = re.sub(re.escape(module), "", Path(name).stem, flags=re.IGNORECASE)
    return stem.strip(" _-.") or "blades"


def files_of_the_set(file: Path) -> list[Path]:
    """A blade and the others of its export that lie beside it; any other file alone."""
    blade = blade_of(file)
    if blade is None:
        return [file]
    stem = _common_stem(file.name, blade[1])
    beside = [path for path in sorted(file.parent.iterdir()) if path.is_file() and path.suffix == file.suffix]
    found = [(path, blade_of(path)) for path in beside]
    return [path for path, of in found if of and of[0].id == blade[0].id and _common_stem(path.name, of[1]) == stem]
