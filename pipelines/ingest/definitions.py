"""What reading depends on besides the contract: when it changes, files are read again."""

from pipelines.ingest.return_rules import RETURN_RULES
from pipelines.ingest.returns import RETURNS
from pipelines.settings import REFERENCE

SURVEY_LISTS = ("question_bank.csv", "question_wordings.csv", "survey_waves.csv")
CODE_LISTS = ("code_sets.csv", "older_codes.csv", "schools.csv")


def definition_bytes() -> list[bytes]:
    """The content of the definitions of national returns, of their rules and codes, and of the survey's lists."""
    paths = [*sorted(RETURNS.glob("*.yaml")), *sorted(RETURN_RULES.glob("*.yaml"))]
    paths += [REFERENCE / name for name in (*SURVEY_LISTS, *CODE_LISTS)]
    return [path.read_bytes() for path in paths]
