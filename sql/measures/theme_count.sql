-- measures.theme_count
-- One row per survey wave with coded comments and theme of its code book: how many responses the first coder gave the
-- theme to, and what both coders said of the comments that two people coded.
--
-- wave_id: Survey wave
-- code_book_version: Version of the code book
-- theme_code: Theme of the code book
-- label: Theme in words
-- responses: Responses that the first coder gave the theme to
-- base: Responses that the first coder gave any theme to
-- double_coded: Responses coded by a first and a second coder
-- both_coders: Of these, responses that both gave the theme to
-- first_coder_only: Of these, responses that only the first gave the theme to
-- second_coder_only: Of these, responses that only the second gave the theme to
with response as (
    select
        wave_id,
        code_book_version,
        response_id,
        max(case when is_second_coder then 0 else 1 end) as is_first_coded,
        max(case when is_second_coder then 1 else 0 end) as is_second_coded
    from core.comment_theme
    group by wave_id, code_book_version, response_id
),

base as (
    select
        wave_id,
        code_book_version,
        cast(sum(is_first_coded) as double) as base,
        cast(sum(is_first_coded * is_second_coded) as double) as double_coded
    from response
    group by wave_id, code_book_version
),

found as (
    select
        response_id,
        theme_code,
        max(case when is_second_coder then 0 else 1 end) as by_first,
        max(case when is_second_coder then 1 else 0 end) as by_second
    from core.comment_theme
    group by response_id, theme_code
),

theme as (
    select
        response.wave_id,
        found.theme_code,
        sum(found.by_first) as responses,
        sum(response.is_first_coded * found.by_first * found.by_second) as both_coders,
        sum(response.is_second_coded * found.by_first * (1 - found.by_second)) as first_coder_only,
        sum(response.is_first_coded * found.by_second * (1 - found.by_first)) as second_coder_only
    from found
    inner join response on found.response_id = response.response_id
    group by response.wave_id, found.theme_code
)

select
    base.wave_id,
    base.code_book_version,
    code_book.theme_code,
    code_book.label,
    cast(coalesce(theme.responses, 0) as double) as responses,
    base.base,
    base.double_coded,
    cast(coalesce(theme.both_coders, 0) as double) as both_coders,
    cast(coalesce(theme.first_coder_only, 0) as double) as first_coder_only,
    cast(coalesce(theme.second_coder_only, 0) as double) as second_coder_only
from base
inner join reference.code_book as code_book on base.code_book_version = code_book.version
left join theme on base.wave_id = theme.wave_id and code_book.theme_code = theme.theme_code
