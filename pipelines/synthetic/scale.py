"""How large a place the sample extracts describe."""

from enum import StrEnum


class Scale(StrEnum):
    """About the size of Bournemouth, Christchurch and Poole; of a region (16 times); of England (164 times)."""

    LOCAL = "local"
    REGION = "region"
    ENGLAND = "england"
