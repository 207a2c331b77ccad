"""The groups that the rows of an extract belong to: what a figure is broken down by, as SQL over the extract's columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Groups:
    """Breakdown → SQL of a row's group in an extract (NULL: Unknown), and what must be joined for it."""

    expressions: Mapping[str, str]
    joins: str = ""
    born: str = ""


_AREA = "left join core.area as area on row.lsoa_code = area.lsoa_code"
_ETHNICITY = (
    "left join reference.code_set as ethnicity on ethnicity.code_set = 'ethnicity' and row.ethnicity = ethnicity.code"
)
_ETHNICITY_GROUP = "nullif(ethnicity.group_code, 'UNKNOWN')"
_PERSON = {
    "sex": "row.sex",
    "ethnicity_group": _ETHNICITY_GROUP,
    "primary_need": "row.primary_need",
    "ward": "area.ward_code",
    "imd_quintile": "cast(area.imd_quintile as varchar)",
}
_CHILD = {name: f"child.{name}" for name in ("sen_provision", "sex", "ethnicity_group", "primary_need")} | {
    "ward": "child.ward_code",
    "imd_quintile": "cast(child.imd_quintile as varchar)",
}
_OF_CHILD = "left join core.child as child on row.child_id = child.child_id"
# What the extract says of SEN in the term goes before what is known of the child now.
_CHILD_IN_TERM = {"sen_provision": "coalesce(nullif(row.sen_provision, 'not_a_code'), child.sen_provision)"}
GROUPS: Final[Mapping[str, Groups]] = {
    "ehcp_timeliness": Groups(_PERSON, f"{_AREA} {_ETHNICITY}", "row.birth_month"),
    "exclusions": Groups({"sen_provision": "row.sen_provision"} | _PERSON, f"{_AREA} {_ETHNICITY}", "row.birth_month"),
    "pupil_roll": Groups({"sen_provision": "row.sen_provision"} | _PERSON, f"{_AREA} {_ETHNICITY}", "row.birth_month"),
    "graduated_response": Groups(_CHILD, _OF_CHILD, "child.birth_month"),
    "attendance": Groups(_CHILD | _CHILD_IN_TERM, _OF_CHILD, "child.birth_month"),
    "health_waits": Groups({"service": "row.service"} | _CHILD, _OF_CHILD, "child.birth_month"),
    "workforce": Groups({"role": "row.role"}),
    "coproduction_log": Groups({"workstream": "row.workstream"}),
    "actions": Groups({"workstream": "row.workstream"}),
    # Their measures are not broken down.
    "plan_audit": Groups({}),
    "appeals": Groups({}),
    "complaints": Groups({}),
    "caseworker_allocation": Groups({}),
    "family_survey": Groups(
        {name: f"row.{name}" for name in ("sex", "age_band", "primary_need", "sen_status", "setting_type")}
        | {"ethnicity_group": _ETHNICITY_GROUP, "respondent_role": "row.respondent_role"}
        | {
            name: f"case when row.{name} then 'yes' when not row.{name} then 'no' end"
            for name in ("has_diagnosis", "parent_carer_has_needs", "sibling_young_carer")
        },
        _ETHNICITY,
    ),
}
