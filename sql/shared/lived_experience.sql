-- shared.lived_experience
-- One row per survey wave, question and breakdown value: valid answers and the most positive of them, in the words of
-- the question bank, before disclosure control; council only. A wave has one kind of respondent.
--
-- wave_id: Survey wave
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- respondent_role: parent_carer, child_young_person or practitioner
-- theme: Theme of the question
-- question_id: Question of the question bank
-- wording: The question as it was asked
-- measure_ids: Measures that count this question, separated by |; NULL when none does
-- area_code: GSS code of the local authority
-- breakdown: What the answers are broken down by; total for all of them
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Answers in the two most positive categories
-- denominator: Valid answers
select
    cell.wave_id,
    cell.wave_start_date,
    cell.wave_end_date,
    cell.respondent_role,
    question.theme,
    cell.question_id,
    question.wording,
    question.measure_id as measure_ids,
    refresh.area_code,
    cell.breakdown,
    cell.breakdown_value,
    cell.numerator,
    cell.denominator
from measures.survey_cell as cell
inner join reference.question as question on cell.question_id = question.question_id
cross join reference.refresh as refresh
