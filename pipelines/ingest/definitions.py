"""What reading depends on besides the contract: when it changes, files are read again."""

from pipelines.ingest.returns import RETURNS
from pipelines.settings import REFERENCE

SURVEY_LISTS = ("question_bank.csv", "question_wordings.csv", "survey_waves.csv")


def definition_bytes() -> list[bytes]:
    """The content of the definitions of national returns and of the survey's lists."""
    paths = [*sorted(RETURNS.glob("*.yaml")), *(REFERENCE / name for name in SURVEY_LISTS)]
    return [path.read_bytes() for path in paths]
