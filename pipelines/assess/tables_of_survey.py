"""The tables about the family survey: their words and columns."""

from pipelines.assess.table import COUNT, DATE, FLAG, NUMBER, TEXT, AssessTable, Column

READS = (
    "core.response",
    "core.pupil",
    "core.valid_answer",
    "staging.family_survey",
    "reference.survey_wave",
    "reference.refresh",
    "reference.question",
    "reference.measure",
)

RESPONSE_PROFILE = AssessTable(
    name="response_profile",
    description=(
        "One row per survey wave, kind of respondent, variable and category: the share of those who answered against the share "
        "of pupils with an EHC plan or SEN support at the newest census before the end of the wave. Shares are of those whose "
        "category is known. Parents, carers, children and young people; practitioners are no sample of the roll."
    ),
    columns={
        "wave_id": Column(TEXT, "Survey wave"),
        "wave_start_date": Column(DATE, "First day of the wave"),
        "wave_end_date": Column(DATE, "Last day of the wave"),
        "respondent_role": Column(TEXT, "parent_carer or child_young_person"),
        "census_date": Column(DATE, "Day of the census of the roll"),
        "variable": Column(
            TEXT, "sen_status, age_band, primary_need, sex, ethnicity_group or area (postcode district of the home)"
        ),
        "category": Column(TEXT, "Code of the category; Unknown where it was not given"),
        "respondents": Column(COUNT, "Those of the category who answered"),
        "respondent_pct": Column(NUMBER, "Percent of respondents; NULL for Unknown"),
        "respondent_lower_95": Column(NUMBER, "Its lower 95 % limit (Wilson)"),
        "respondent_upper_95": Column(NUMBER, "Its upper 95 % limit (Wilson)"),
        "roll": Column(
            NUMBER, "Pupils of the category; where an LSOA lies in several postcode districts, by its postcodes in each"
        ),
        "roll_pct": Column(NUMBER, "Percent of pupils"),
        "difference_points": Column(NUMBER, "Respondents less roll, in percentage points"),
        "difference_lower_95": Column(NUMBER, "Its lower 95 % limit: the roll is taken as known"),
        "difference_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "is_beyond_noise": Column(FLAG, "true when the limits of the difference leave out 0"),
        "respondents_per_100_pupils": Column(NUMBER, "Respondents per 100 pupils of the category"),
        "status": Column(TEXT, "u: 10 to 29 respondents with a known category; c: fewer; NULL otherwise"),
    },
    reads=READS,
    postcodes=True,
)

SURVEY_ESTIMATE = AssessTable(
    name="survey_estimate",
    description=(
        "One row per survey wave, kind of respondent and question: the percentage of valid answers in the two most positive "
        "categories, unweighted and weighted to the pupils with an EHC plan or SEN support (raking on the margins that the row "
        "names; categories of fewer than 30 respondents joined; weights capped at 0.3 and 3 times their mean). Those whose "
        "category is not on the roll keep the weight that the other margins give them. Points may be joined by a line only "
        "where line_segment is the same."
    ),
    columns={
        "wave_id": Column(TEXT, "Survey wave"),
        "wave_start_date": Column(DATE, "First day of the wave"),
        "wave_end_date": Column(DATE, "Last day of the wave"),
        "respondent_role": Column(TEXT, "parent_carer or child_young_person"),
        "question_id": Column(TEXT, "Question of the question bank"),
        "line_segment": Column(
            COUNT,
            "Equal for waves that asked the same question the same way of the same people and that may be compared",
        ),
        "respondents": Column(COUNT, "Valid answers of those who agreed to share"),
        "status": Column(TEXT, "c: withheld, under 10 answers; u: low base, 10 to 29; NULL: shown"),
        "unweighted_pct": Column(NUMBER, "Percent positive, as measures CU1, CU2, CU3, CO1 and GR6 count it"),
        "unweighted_lower_95": Column(NUMBER, "Its lower 95 % limit"),
        "unweighted_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "weighted_pct": Column(NUMBER, "Percent positive, weighted to the roll"),
        "weighted_lower_95": Column(NUMBER, "Its lower 95 % limit (Wilson on the effective sample size)"),
        "weighted_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "standard_error_points": Column(
            NUMBER, "Linearised standard error with calibration residuals, percentage points"
        ),
        "effective_size": Column(NUMBER, "Respondents of a simple random sample with the same error"),
        "is_unreliable": Column(
            FLAG, "true with an effective sample size below 30 or an interval wider than 30 points"
        ),
        "note": Column(TEXT, "What must stand beside the weighted figure"),
        "reason": Column(TEXT, "Why there is no weighted figure"),
        "census_date": Column(DATE, "Day of the census of the roll"),
        "margins": Column(TEXT, "Variables that the weights were raked to, each with its number of categories"),
        "capped": Column(COUNT, "Respondents whose weight was moved to a cap"),
        "smallest_weight": Column(NUMBER, "Smallest weight, as a multiple of the mean"),
        "largest_weight": Column(NUMBER, "Largest weight, as a multiple of the mean"),
        "design_effect": Column(NUMBER, "Kish's design effect of the weights"),
    },
    reads=READS,
    postcodes=True,
)
