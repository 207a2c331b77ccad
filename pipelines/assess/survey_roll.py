"""Who answered the family survey and who is on the pupil roll, by the same variables and categories.

The roll is that of pupils with an EHC plan or SEN support at the newest census before the end of the wave, as in measure EV3.
Children under school age and young people who have left school are on no roll.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from pipelines.assess.rows import read_rows
from pipelines.methods.survey_weights import Margins, Respondents

# In order of weight: where margins cannot all be met, the last gives way first.
VARIABLES = ("sen_status", "age_band", "primary_need", "sex", "ethnicity_group", "area")
# Practitioners are no sample of the children on the roll.
ROLES = ("parent_carer", "child_young_person")
_RESPONDENTS = """
select
    response.response_id,
    response.wave_id,
    response.wave_start_date,
    response.wave_end_date,
    response.respondent_role,
    coalesce(response.consent_share, false) as consent_share,
    response.sen_status,
    response.age_band,
    response.primary_need,
    response.sex,
    response.ethnicity_group,
    upper(survey.postcode_district) as area
from core.response as response
inner join staging.family_survey as survey on response.response_id = survey.response_id
cross join reference.refresh as refresh
where response.wave_start_date <= refresh.as_at
order by response.wave_start_date, response.wave_id, response.respondent_role, response.response_id
"""
# An LSOA whose postcodes lie in several districts gives each its share of pupils.
_ROLL = """
with district as (
    select
        lsoa_code,
        upper(split_part(postcode, ' ', 1)) as area,
        count(*) / sum(count(*)) over (partition by lsoa_code) as share
    from reference.postcode_lsoa
    group by lsoa_code, area
),

pupil as (
    select
        *,
        case sen_provision when 'E' then 'ehc_plan' else 'sen_support' end as sen_status
    from core.pupil
    where sen_provision in ('E', 'K')
),

counted as (
    select census_date, sen_status, age_band, primary_need, sex, ethnicity_group, lsoa_code, cast(count(*) as double) as n
    from pupil
    group by all
)

select census_date, 'sen_status' as variable, sen_status as category, sum(n) as pupils from counted group by all
union all
select census_date, 'age_band', age_band, sum(n) from counted group by all
union all
select census_date, 'primary_need', primary_need, sum(n) from counted group by all
union all
select census_date, 'sex', sex, sum(n) from counted group by all
union all
select census_date, 'ethnicity_group', ethnicity_group, sum(n) from counted group by all
union all
select census_date, 'area', district.area, sum(counted.n * district.share)
from counted inner join district on counted.lsoa_code = district.lsoa_code
group by census_date, district.area
"""


@dataclass(frozen=True)
class WaveRespondents:
    """Those of one kind who answered in one wave, in the order of `response_ids`.

    categories: variable → category of each, None where it is not known. roll: variable → category → pupils (None: there was
    no census before the end of the wave).
    """

    wave_id: str
    start: date
    end: date
    role: str
    response_ids: tuple[str, ...]
    may_be_shared: tuple[bool, ...]
    categories: Respondents
    census_date: date | None
    roll: Margins | None


def read_waves(connection: duckdb.DuckDBPyConnection) -> list[WaveRespondents]:
    """Every wave with an answer of a parent, carer, child or young person, oldest first."""
    rolls = _read_rolls(connection)
    waves: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in read_rows(connection, _RESPONDENTS):
        if row["respondent_role"] in ROLES:
            waves.setdefault((str(row["wave_id"]), str(row["respondent_role"])), []).append(row)
    return [_wave(rows, rolls) for rows in waves.values()]


def on_roll_only(wave: WaveRespondents) -> dict[str, list[str | None]]:
    """The categories with those that no pupil of the roll has made unknown: nothing can be weighted to them."""
    roll = wave.roll or {}
    return {
        variable: [code if code in known else None for code in wave.categories[variable]]
        for variable, known in roll.items()
    }


def _read_rolls(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[str, dict[str, float]]]:
    rolls: dict[date, dict[str, dict[str, float]]] = {}
    for census, variable, category, pupils in sorted(
        row for row in connection.execute(_ROLL).fetchall() if row[2] is not None
    ):
        rolls.setdefault(census, {name: {} for name in VARIABLES})[variable][category] = float(pupils)
    return rolls


def _wave(rows: list[Mapping[str, object]], rolls: Mapping[date, Margins]) -> WaveRespondents:
    start, end = rows[0]["wave_start_date"], rows[0]["wave_end_date"]
    assert isinstance(start, date) and isinstance(end, date)
    census = max((day for day in rolls if day <= end), default=None)
    return WaveRespondents(
        wave_id=str(rows[0]["wave_id"]),
        start=start,
        end=end,
        role=str(rows[0]["respondent_role"]),
        response_ids=tuple(str(row["response_id"]) for row in rows),
        may_be_shared=tuple(bool(row["consent_share"]) for row in rows),
        categories={variable: [_text(row[variable]) for row in rows] for variable in VARIABLES},
        census_date=census,
        roll=None if census is None else {name: known for name, known in rolls[census].items() if known},
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
