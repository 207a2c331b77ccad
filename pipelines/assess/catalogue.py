"""The tables of this package, listed. Loads no statistics: who only asks what is there need not wait for them."""

from pipelines.assess.table import AssessTable
from pipelines.assess.tables_of_measures import BOUND, FORECAST
from pipelines.assess.tables_of_requests import OPEN_CASELOAD, PLANS_NEEDED, WAITING_TIME
from pipelines.assess.tables_of_survey import RESPONSE_PROFILE, SURVEY_ESTIMATE

TABLES: tuple[AssessTable, ...] = (
    OPEN_CASELOAD,
    WAITING_TIME,
    PLANS_NEEDED,
    RESPONSE_PROFILE,
    SURVEY_ESTIMATE,
    BOUND,
    FORECAST,
)
