"""The tables about requests for an assessment: their words and columns."""

from pipelines.assess.table import COUNT, DATE, NUMBER, TEXT, AssessTable, Column

# Names of the bands of `open_caseload`, by their first day.
BANDS = {
    0: ("cases_to_6_weeks", "Open for 0 to 42 days: the decision whether to assess is due by then"),
    43: ("cases_6_to_16_weeks", "Open for 43 to 112 days: a decision not to issue a plan is due by then"),
    113: ("cases_16_to_20_weeks", "Open for 113 to 140 days"),
    141: ("cases_20_to_26_weeks", "Open for 141 to 182 days: already late"),
    183: ("cases_26_to_52_weeks", "Open for 183 to 365 days: already late"),
    366: ("cases_over_52_weeks", "Open for more than 365 days: already late"),
}

OPEN_CASELOAD = AssessTable(
    name="open_caseload",
    description=(
        "One row per group of requests that are open on the day of the refresh: the total, each primary need and each ward. "
        "Open is what measure EH6 calls open. A case is late from day 141 on."
    ),
    columns={
        "as_at": Column(DATE, "Day of the refresh"),
        "breakdown": Column(TEXT, "total, primary_need or ward"),
        "breakdown_value": Column(TEXT, "Code of the group; All for the total; Unknown where it was not recorded"),
        "open_cases": Column(COUNT, "Open requests; the sum of the six bands"),
        **{name: Column(COUNT, words) for name, words in BANDS.values()},
        "late": Column(COUNT, "Open for more than 140 days"),
        "late_within_2_weeks": Column(COUNT, "In time now, late within 14 days if they stay open"),
        "late_within_4_weeks": Column(COUNT, "In time now, late within 28 days if they stay open"),
        "late_within_8_weeks": Column(COUNT, "In time now, late within 56 days if they stay open"),
        "longest_weeks": Column(NUMBER, "Weeks that the oldest open request waits; NULL when none is open"),
        "received_in_4_weeks": Column(COUNT, "Requests received in the last 28 days; total only"),
        "plans_in_4_weeks": Column(COUNT, "Plans issued in the last 28 days; total only"),
        "ended_without_plan_in_4_weeks": Column(
            COUNT, "Requests refused, not issued or withdrawn in the last 28 days, where the day is known; total only"
        ),
    },
    reads=("core.request", "reference.refresh"),
)

WAITING_TIME = AssessTable(
    name="waiting_time",
    description=(
        "One row per window and week since the request: the period Aalen-Johansen estimate, with cases that waited already "
        "when the window began (delayed entry), and with refusals, decisions not to issue and withdrawals as competing ends. "
        "It says how requests would fare at the pace of the window; it is not the share of plans issued in time (EH1)."
    ),
    columns={
        "period_type": Column(
            TEXT, "calendar_year (the newest to the day of the refresh), last_12_months, last_90_days"
        ),
        "period_start": Column(DATE, "First day of the window"),
        "period_end": Column(DATE, "Last day of the window"),
        "week": Column(COUNT, "Weeks since the request was received, 0 to 52: the shares are those by day 7 × week"),
        "at_risk": Column(COUNT, "Requests under observation at that age in the window"),
        "plan_pct": Column(NUMBER, "Percent of requests with a plan by then; NULL where nobody was observed"),
        "plan_lower_95": Column(NUMBER, "Its lower 95 % limit; NULL at 0 and 100 percent"),
        "plan_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "no_plan_pct": Column(NUMBER, "Percent that ended without a plan by then"),
        "no_plan_lower_95": Column(NUMBER, "Its lower 95 % limit"),
        "no_plan_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "open_pct": Column(NUMBER, "Percent still open: the three add up to 100"),
        "median_weeks_to_plan": Column(NUMBER, "Weeks by which half of all requests have a plan; NULL if never"),
        "plan_in_time_pct": Column(NUMBER, "Percent of those that get a plan that get it within 140 days"),
        "plan_in_time_lower_95": Column(NUMBER, "Its lower 95 % limit"),
        "plan_in_time_upper_95": Column(NUMBER, "Its upper 95 % limit"),
        "plans": Column(COUNT, "Plans issued in the window"),
        "ended_without_plan": Column(COUNT, "Requests that ended without a plan in the window"),
        "left_out": Column(
            COUNT, "Requests of any time that ended on a day that is not known (most are withdrawn): in no window"
        ),
        "reason": Column(TEXT, "Why there is no plan_in_time_pct"),
    },
    reads=("core.request", "reference.refresh"),
)

PLANS_NEEDED = AssessTable(
    name="plans_needed",
    description=(
        "One row per aim for the share of plans issued within 20 weeks (EH1): the smallest number of plans a week that reaches "
        "it, measured over the 28 days before the day. Arithmetic of a queue under the assumption that stands in the row, for "
        "planning; no forecast."
    ),
    columns={
        "as_at": Column(DATE, "Day of the refresh"),
        "measure_id": Column(TEXT, "Measure of the register: EH1"),
        "aim": Column(
            TEXT, "Whose aim: the target of the register, or the published figure of England while none is set"
        ),
        "aim_pct": Column(NUMBER, "Percent of plans to be issued within 20 weeks"),
        "by": Column(DATE, "Day by which the aim is to be reached"),
        "plans_per_week": Column(COUNT, "Plans a week from now on; NULL when no number reaches the aim"),
        "share_at_date_pct": Column(NUMBER, "Percent within 20 weeks that this many would come to by that day"),
        "plans_per_week_now": Column(NUMBER, "Plans a week in the last 12 weeks"),
        "requests_per_week": Column(NUMBER, "Requests a week in the last 365 days"),
        "plan_share_pct": Column(NUMBER, "Percent of requests that end in a plan, at the pace of the last 12 months"),
        "open_cases": Column(COUNT, "Open requests on the day of the refresh"),
        "late": Column(COUNT, "Of them open for more than 140 days"),
        "assumption": Column(TEXT, "What the number rests on; print it beside it"),
        "reason": Column(TEXT, "Why there is no number"),
    },
    reads=("core.request", "core.published_figure", "reference.refresh"),
)
