"""Which rows of an extract a measure leaves out, or counts as not met, only because something about them is missing or wrong.

One rule per measure, beside its SQL under sql/measures; a measure without one says why. Conditions are SQL over the typed
columns of the extract.
"""

from collections.abc import Mapping
from typing import Final

from pipelines.assess.left_out_requests import OF_REQUESTS, PLANS_AND_DECISIONS
from pipelines.assess.left_out_schools import OF_SCHOOLS, PUPILS
from pipelines.assess.left_out_services import OF_SERVICES
from pipelines.assess.left_out_voice import COMPLAINTS, OF_VOICE

LEFT_OUT: Final = (*OF_REQUESTS, *OF_SCHOOLS, *OF_SERVICES, *OF_VOICE)
# What is left out of the denominator alone: none, one or several for a measure.
DENOMINATORS: Final = (*PUPILS, *PLANS_AND_DECISIONS, *COMPLAINTS)
SOURCES: Final = tuple(dict.fromkeys(rule.source for rule in (*LEFT_OUT, *DENOMINATORS)))
# A ratio of two rates of EX1, bounded by their bounds.
RATIO, RATE = "EX2", "EX1"
COVERED: Final = (*(rule.measure_id for rule in LEFT_OUT), RATIO)

_WEEKS: Final = (
    "How far a middle or longest wait moves depends on the weeks of every case, and bounds are made of counts of rows"
)
_POSTS: Final = (
    "It adds up numbers that stand in the rows, and a row about a post that is left out could hold any number"
)
# Measure without bounds → why.
NO_BOUND: Final[Mapping[str, str]] = {
    "EH5": _WEEKS,
    "EH5_P90": _WEEKS,
    "EH6_LONGEST": _WEEKS,
    "JC3_MEDIAN": _WEEKS,
    "WF1": _POSTS,
    "WF2": _POSTS,
    "WF3": _POSTS,
    "WF4": "It is per full-time equivalent, and a row about a post that is left out could hold any number of them",
    "EV1": "It counts measures, of which none is left out",
    "EV3": "It is the largest of many differences between shares, not a share of rows",
    "EV4": "It is itself the share of rows that are left out",
} | dict.fromkeys(
    ("EX8", "GR1", "GR5_A8", "GR5_KS2", "PA1", "PA1_SUPPORT", "PA2", "PA2_NEET", "PA3"),
    "It is read from a published file, whose rows we do not hold",
)
