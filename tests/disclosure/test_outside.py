"""What the DfE has published of the area is known, whatever we do."""

from datetime import date

from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.model import Kind, link_tables
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import add_observation
from pipelines.disclosure.outside import know_outside
from pipelines.disclosure.system import SystemBuilder

PLACE = {
    "measure_id": "EH1", "area_code": "E06000058", "period_type": "calendar_year", "period_start": date(2024, 1, 1),
    "period_end": date(2024, 12, 31),
}  # fmt: skip
GROUPS = {"All": (53, 130), "F": (30, 60), "M": (20, 40), "Unknown": (3, 30)}


def rows() -> list[dict[str, object]]:
    return [
        {
            **PLACE,
            "breakdown": "total" if group == "All" else "sex",
            "breakdown_value": group,
            "numerator": n,
            "denominator": d,
        }
        for group, (n, d) in GROUPS.items()
    ]


def published(numerator: int) -> dict[str, object]:
    place = {"measure_id": "EH1", "area_code": "E06000058", "period_type": "calendar_year", "period_label": "2024"}
    return {**place, "breakdown": "total", "breakdown_value": "total", "numerator": numerator, "denominator": 130}


def hidden_groups(numerator: int) -> set[str]:
    builder = SystemBuilder(Policy())
    counts = add_observation(builder, rows(), {"EH1": rule_of("EH1", "%")})
    know_outside(builder, rows(), counts, [published(numerator)], {})
    tables = link_tables(builder.cells.values(), builder.sums)
    hidden = set(tables.named(make_safe(tables, builder.policy).hidden))
    return {group for group, keys in zip(GROUPS, counts, strict=True) if keys.numerator in hidden}


def test_a_published_total_is_not_hidden_and_another_group_is_instead() -> None:
    assert "All" not in hidden_groups(53)
    assert len(hidden_groups(53)) == 2


def test_a_published_total_of_other_children_is_no_help_to_a_reader_and_changes_nothing() -> None:
    builder = SystemBuilder(Policy())
    counts = add_observation(builder, rows(), {"EH1": rule_of("EH1", "%")})
    before = dict(builder.cells)
    know_outside(builder, rows(), counts, [{**published(52), "denominator": 131}], {})
    assert builder.cells == before


def test_a_count_that_was_printed_otherwise_before_is_not_known_from_the_published_one() -> None:
    kinds: list[bool] = []
    for before in (None, 53, 50):
        builder = SystemBuilder(Policy())
        counts = add_observation(builder, rows(), {"EH1": rule_of("EH1", "%")})
        printed = {} if before is None else {counts[0].numerator: before}
        know_outside(builder, rows(), counts, [published(53)], printed)
        assert builder.cells[counts[0].denominator].kind is Kind.KNOWN
        kinds.append(builder.cells[counts[0].numerator].kind is Kind.KNOWN)
    assert kinds == [True, True, False]
