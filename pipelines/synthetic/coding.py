"""Extract `comment_coding`: the themes that two people found in the comments of the survey, one file for a season."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synthetic.extract_columns import codes, dates, day_number, flags, numbered
from pipelines.synthetic.places import Wave
from pipelines.synthetic.survey import COMMENTS

VERSION = "1"
THEMES = ("communication", "waiting", "school_support", "being_listened_to", "staff_change", "information_local_offer")
# What each of `COMMENTS` is about, as places in `THEMES`.
THEMES_OF_COMMENT = ((0,), (1,), (2, 3), (4, 0), (5,))
CODERS = 3
SECOND_CODED_SHARE = 0.4
MISSED_SHARE = 0.12
CODING_DAYS = 20


@dataclass
class Comments:
    """The responses of one wave that have a comment, as they go by on their way to the survey's file."""

    wave: Wave
    response_ids: list[pa.Array] = field(default_factory=list[pa.Array])
    texts: list[pa.Array] = field(default_factory=list[pa.Array])

    def noting(self, chunks: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """The same chunks; what has a comment is noted."""
        for chunk in chunks:
            commented = chunk.filter(pc.call_function("not_equal", [chunk["comment"], pa.scalar("")]))
            self.response_ids += commented["response_id"].chunks
            self.texts += commented["comment"].chunks
            yield chunk


def coding_chunks(rng: np.random.Generator, comments: Comments, as_at: date) -> Iterator[pa.Table]:
    """First codings of all comments of a wave, and second ones of some, as far as they were done on `as_at`."""
    ids = pa.chunked_array(comments.response_ids, pa.string())
    about = pc.call_function(
        "index_in", [pa.chunked_array(comments.texts, pa.string())], pc.SetLookupOptions(pa.array(COMMENTS))
    ).to_pylist()
    coded = [(row, theme) for row, text in enumerate(about) for theme in THEMES_OF_COMMENT[text]]
    if not coded:
        return
    response, theme = (np.array(side, dtype=np.int64) for side in zip(*coded, strict=True))
    coder = rng.integers(0, CODERS, len(ids))
    day = day_number(comments.wave.end_date) + rng.integers(1, CODING_DAYS, len(ids))
    both = (rng.random(len(ids)) < SECOND_CODED_SHARE)[response]
    # A second coder who saw another theme than the first: the next one in the list.
    seen = np.where(rng.random(len(theme)) < MISSED_SHARE, (theme + 1) % len(THEMES), theme)
    second_response, second_theme = np.unique(np.stack([response[both], seen[both]]), axis=1)
    for number, (of, themes) in enumerate(((response, theme), (second_response, second_theme))):
        coded_day = day[of] + 2 * number
        done = coded_day <= day_number(as_at)
        of, themes = of[done], themes[done]
        if not len(of):
            continue
        yield pa.table(
            {
                "response_id": ids.take(pa.array(of)).combine_chunks(),
                "theme_code": codes(THEMES, themes),
                "coder_ref": numbered("C", 1 + (coder[of] + number) % CODERS, 1),
                "code_book_version": codes((VERSION,), np.zeros(len(of), dtype=np.int64)),
                "coded_date": dates(coded_day[done]),
                "is_second_coder": flags(np.full(len(of), number == 1)),
            }
        )
