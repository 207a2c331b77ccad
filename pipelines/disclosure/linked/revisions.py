"""Revisions of counts that were published: which are held back together, and the witnesses that cost nothing.

A late record changes a count in every table that it stands in, by one each time. Where one change of a linked set of changes
is small, all of them are held: what stands is what was printed before. Then the old counts are one whole table in which
nothing has changed, and the same changes two to five times over are others: nobody needs a programme to find them.
"""

from collections.abc import Iterator

import numpy as np

from pipelines.disclosure.linked.flows import Flow
from pipelines.disclosure.linked.joint import Joint, parts_of_change
from pipelines.disclosure.linked.model import Flags, Integers, parts_of

_TIMES = (0, 2, 3, 4, 5)


def held_together(joint: Joint) -> Flags:
    """The new versions of changed counts that are linked, by changed counts alone, with one that changed by less than its
    threshold."""
    tables = joint.tables
    held = np.zeros(len(tables.keys), dtype=bool)
    after = np.zeros(len(tables.keys), dtype=bool)
    small = np.zeros(len(tables.keys), dtype=bool)
    for old, new in _places(joint):
        step = abs(int(tables.value[new] - tables.value[old]))
        after[new] = True
        small[new] = 0 < step < tables.threshold[new]
    for part in parts_of(tables, after):
        if small[part].any():
            held[part] = True
    return held


def ready_witnesses(joint: Joint) -> Iterator[Flow]:
    """Whole tables in which linked changes did not happen, or were a few times as large."""
    tables, position = joint.tables, joint.tables.position
    after = np.zeros(len(tables.keys), dtype=bool)
    step = np.zeros(len(tables.keys), dtype=np.int64)
    beside: dict[int, list[int]] = {}
    for old, new in _places(joint):
        after[new] = True
        step[new] = tables.value[new] - tables.value[old]
        rise, fall, both = (position[key] for key in parts_of_change(tables.keys[new]))
        step[rise], step[fall], step[both] = max(step[new], 0), max(-step[new], 0), max(step[new], 0)
        beside[new] = [rise, fall, both]
    for part in parts_of(tables, after):
        cells = np.array([cell for new in part.tolist() for cell in (new, *beside[new])], dtype=np.int64)
        for times in _TIMES:
            yield _flow(cells, step, times)


def _flow(cells: Integers, step: Integers, times: int) -> Flow:
    moved = cells[step[cells] != 0]
    return Flow(moved, ((times - 1) * step[moved]).astype(float))


def _places(joint: Joint) -> list[tuple[int, int]]:
    position = joint.tables.position
    return [(position[old], position[new]) for old, new in joint.changes]
