-- core.answer
-- One row per response and question that was answered, in long form.
--
-- response_id: Id of the response
-- question_id: Question of the question bank
-- answer_code: 1 (most negative) to 5 (most positive); 9 does not know or does not apply
-- valid: true for 1 to 5 from a family that agreed to share: only these count in a percentage
-- positive: true for the two most positive answers, 4 and 5
with answer as (
    select
        family_survey.response_id,
        coalesce(family_survey.consent_share, false) as may_be_shared,
        question.question_id,
        cast(
            case question.question_id
                when 'q_listened' then family_survey.q_listened
                when 'q_services_good' then family_survey.q_services_good
                when 'q_involved_in_plan' then family_survey.q_involved_in_plan
                when 'q_confident_school' then family_survey.q_confident_school
                when 'q_communication' then family_survey.q_communication
                when 'q_waiting' then family_survey.q_waiting
                when 'q_staff_change' then family_survey.q_staff_change
                when 'q_transition' then family_survey.q_transition
                when 'q_local_offer' then family_survey.q_local_offer
                when 'q_short_breaks' then family_survey.q_short_breaks
            end as int
        ) as answer_code
    from staging.family_survey as family_survey
    cross join reference.question as question
)

select
    response_id,
    question_id,
    answer_code,
    may_be_shared and answer_code between 1 and 5 as valid,
    answer_code in (4, 5) as positive
from answer
where answer_code is not null
