"""A file that is refused comes back with words for the person who must act."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pipelines.ingest import refusal
from tests.fuzz.door import NEXT_STEP


def test_every_reason_for_refusing_a_file_says_what_to_do_next() -> None:
    reasons = dict(_reasons())
    assert len(reasons) > 30
    assert [place for place, words in reasons.items() if not NEXT_STEP.search(words)] == []


def _reasons() -> Iterator[tuple[str, str]]:
    """Where a refusal is made, and the words of its message that do not depend on the file."""
    for path in sorted(Path(refusal.__file__).parent.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "FileRefused":
                words = [part.value for part in ast.walk(call.args[1]) if isinstance(part, ast.Constant)]
                yield f"{path.name}:{call.lineno}", "".join(word for word in words if isinstance(word, str))
