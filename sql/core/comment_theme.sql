-- core.comment_theme
-- One row per survey comment, theme and coder's place: the codings of comments of families who agreed to share, by the
-- newest version of the code book that anybody coded the wave with. The comment itself stays in the restricted staging
-- table.
--
-- response_id: Id of the response
-- wave_id: Survey wave
-- code_book_version: Version of the code book
-- theme_code: Theme of the code book
-- is_second_coder: true for the second coding, made without sight of the first
with coding as (
    select
        coding.response_id,
        response.wave_id,
        cast(coding.code_book_version as int) as code_book_version,
        coding.theme_code,
        coding.is_second_coder
    from staging.comment_coding as coding
    inner join core.response as response on coding.response_id = response.response_id
    inner join staging.family_survey as family_survey on coding.response_id = family_survey.response_id
    where response.consent_share and family_survey.comment is not null
),

newest as (
    select
        wave_id,
        max(code_book_version) as code_book_version
    from coding
    group by wave_id
)

select
    coding.response_id,
    coding.wave_id,
    coding.code_book_version,
    coding.theme_code,
    coding.is_second_coder
from coding
inner join newest
    on coding.wave_id = newest.wave_id and coding.code_book_version = newest.code_book_version
