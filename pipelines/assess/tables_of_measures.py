"""The tables about the measures of the register: their words and columns."""

from pipelines.assess.left_out import SOURCES
from pipelines.assess.table import COUNT, DATE, NUMBER, TEXT, AssessTable, Column

BOUND = AssessTable(
    name="bound",
    description=(
        "One row per measure, period, breakdown and group: the figure, and how low and high it could be if the rows that it "
        "leaves out were counted, whichever way they fall (no confidence limits: nothing is supposed about the rows). A row in "
        "quarantine whose day cannot be relied upon may belong to any period; one whose group is not known counts in Unknown. "
        "Rows of refused files are not among them. Where a row is one more event over the same denominator (EX1 to EX5, EH11, "
        "CU4, CU5, EV2), rows left out of that denominator lower the rate. Attendance (EX6 to EX9): in a year a row may be of "
        "a pupil who is counted already, whose SEN it is taken to give. The measures without bounds, and why: NO_BOUND in "
        "pipelines/assess/left_out.py."
    ),
    columns={
        "measure_id": Column(TEXT, "Measure of the register"),
        "period_type": Column(TEXT, "As in measures.assessed"),
        "period_start": Column(DATE, "First day of the period"),
        "period_end": Column(DATE, "Last day of the period"),
        "area_code": Column(TEXT, "GSS code of the local authority"),
        "breakdown": Column(TEXT, "What the value is broken down by; total for everybody"),
        "breakdown_value": Column(TEXT, "Code of the group; All for the total; Unknown where it was not recorded"),
        "unit": Column(TEXT, "Unit of value and bounds"),
        "value": Column(NUMBER, "The figure as it is in measures.assessed"),
        "lower_bound": Column(NUMBER, "Lowest that the rows allow"),
        "upper_bound": Column(NUMBER, "Highest that the rows allow; NULL for a ratio whose divisor may be 0"),
        "quarantined": Column(
            NUMBER, "Quarantined rows that may belong to the cell (EX5, EX6_OVERALL: their sessions)"
        ),
        "missing": Column(COUNT, "Rows in use that are left out because a date or an answer is missing"),
        "undecided": Column(
            COUNT,
            "Rows in use that count as not met because a date or an answer is missing: not done, or done and not recorded",
        ),
        "uncertain": Column(
            COUNT, "Rows in use that are counted although it is not known that they belong, or that they are met"
        ),
        "denominator_left_out": Column(
            NUMBER,
            "Rows left out of the denominator alone: pupils of the census, plans in force, decisions, complaints",
        ),
    },
    reads=(
        "measures.assessed",
        "core.area",
        "core.child",
        "core.pupil",
        "core.reconciliation",
        "reference.code_set",
        "reference.refresh",
        "reference.survey_wave",
        *(f"{layer}.{source}" for source in SOURCES for layer in ("staging", "quarantine")),
    ),
)

FORECAST = AssessTable(
    name="forecast",
    description=(
        "One row per measure and month ahead, for planning only: no target, no statement about assurance, and not to be drawn on "
        "a control chart. A measure has a forecast if it has 24 complete months or more since the last recorded break or "
        "gap, and if on its own past it was nearer than supposing that the newest value goes on; any other measure has one row "
        "that says why not. The bands are a little narrow, as they take the fitted model for the true one: of simulated series "
        "of 36 months the 95 % band held 89 % and the 80 % band 71 % a month ahead."
    ),
    columns={
        "measure_id": Column(TEXT, "Measure of the register"),
        "months_ahead": Column(COUNT, "1 to 6; NULL where there is no forecast"),
        "period_start": Column(DATE, "First day of the month that is forecast"),
        "unit": Column(TEXT, "Unit of value, bands and errors"),
        "value": Column(NUMBER, "Forecast"),
        "lower_80": Column(NUMBER, "Lower end of the 80 % band"),
        "upper_80": Column(NUMBER, "Upper end of the 80 % band"),
        "lower_95": Column(NUMBER, "Lower end of the 95 % band"),
        "upper_95": Column(NUMBER, "Upper end of the 95 % band"),
        "method": Column(TEXT, "How it was made"),
        "points": Column(COUNT, "Months that it was made from"),
        "first_month": Column(DATE, "First of them"),
        "newest_month": Column(DATE, "Newest of them: the newest month that is over"),
        "mean_error": Column(NUMBER, "Mean absolute error of forecasts made in the same way of the series' own past"),
        "naive_mean_error": Column(NUMBER, "That of supposing each time that the newest value goes on"),
        "back_tests": Column(COUNT, "Months of the past from which it was tried"),
        "reason": Column(TEXT, "Why there is no forecast"),
    },
    reads=("measures.assessed", "reference.refresh"),
)
