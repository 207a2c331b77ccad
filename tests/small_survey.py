"""Small survey extracts that their contract accepts."""

from collections.abc import Iterable
from pathlib import Path

from pipelines.contract_files import load_contract

VALUES = {
    "wave_id": "2026-SUM-PC",
    "respondent_role": "parent_carer",
    "completed_date": "12/06/2026",
    "age_band": "5_10",
    "sex": "F",
    "ethnicity": "WBRI",
    "sen_status": "sen_support",
    "has_diagnosis": "1",
    "primary_need": "ASD",
    "school_phase": "primary",
    "setting_type": "mainstream",
    "postcode_district": "ZZ01",
    "q_listened": "4",
    "q_services_good": "3",
    "q_involved_in_plan": "2",
    "consent_share": "1",
    "consent_quote": "0",
}


def comment_of(response_id: str) -> str:
    """What the response of that id says and no other does."""
    return f"Zzcomment{response_id}"


def survey_lines(response_ids: Iterable[str], **changes: str) -> list[str]:
    """Header and one line per response; `changes` gives other values of columns."""
    values = VALUES | changes
    names = [column.name for column in load_contract("family_survey").columns]
    lines = [",".join(names)]
    for response_id in response_ids:
        own = values | {"response_id": response_id, "comment": comment_of(response_id)}
        lines.append(",".join(own.get(name, "") for name in names))
    return lines


def write_survey(file: Path, response_ids: Iterable[str], **changes: str) -> Path:
    """A CSV of these responses."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(survey_lines(response_ids, **changes)) + "\n", encoding="utf-8")
    return file
