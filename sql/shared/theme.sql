-- shared.theme
-- One row per survey wave that is over, with coded comments, and theme of the code book, before disclosure control;
-- council only. All respondents of a wave together: there is no breakdown that could be subtracted from another.
--
-- wave_id: Survey wave
-- theme: Theme of the code book
-- label: Theme in words
-- code_book_version: Version of the code book
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- respondent_role: Who answered in the wave
-- area_code: GSS code of the local authority
-- numerator: Responses that the first coder gave the theme to
-- denominator: Responses with a coded comment
-- double_coded: Responses coded by a first and a second coder
-- both_coders: Of these, responses that both gave the theme to
-- first_coder_only: Of these, responses that only the first gave the theme to
-- second_coder_only: Of these, responses that only the second gave the theme to
select
    theme_count.wave_id,
    theme_count.theme_code as theme,
    theme_count.label,
    theme_count.code_book_version,
    wave.start_date as wave_start_date,
    wave.end_date as wave_end_date,
    wave.population as respondent_role,
    refresh.area_code,
    theme_count.responses as numerator,
    theme_count.base as denominator,
    theme_count.double_coded,
    theme_count.both_coders,
    theme_count.first_coder_only,
    theme_count.second_coder_only
from measures.theme_count as theme_count
inner join reference.survey_wave as wave on theme_count.wave_id = wave.wave_id
inner join reference.shared_table as shared_table on shared_table.table_id = 'theme'
cross join reference.refresh as refresh
where wave.end_date < refresh.as_at
