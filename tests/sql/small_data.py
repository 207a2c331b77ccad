"""A few hundred made-up rows per extract with every kind of gap, the same on every run."""

import random
from datetime import UTC, date, datetime, timedelta

from tests.sql.small_programme import fill_programme, published_measures
from tests.sql.world import AREA, AS_AT, QUESTIONS, World, reference_table

LSOAS = ["E01015272", "E01015273", "E01015274", "E01000001", None]
ETHNICITIES = ["WBRI", "CHNE", "MWBA", "BAFR", "REFU", None]
NEEDS = ["ASD", "SEMH", "SLCN", None]
WAVES = [
    ("2025-AUT-PC", "parent_carer", date(2025, 11, 1), date(2025, 11, 30), 300),
    ("2025-AUT-CYP", "child_young_person", date(2025, 11, 1), date(2025, 11, 30), 200),
    ("2026-SUM-PC", "parent_carer", date(2026, 6, 1), date(2026, 6, 30), 250),
    ("2026-AUT-PC", "parent_carer", date(2026, 11, 1), date(2026, 11, 30), 0),
]


def fill(world: World, size: int = 300, seed: int = 7) -> None:
    """Give every table of `world` some `size` rows."""
    rng = random.Random(seed)
    children = [_child(rng, number) for number in range(size)]
    world.put("staging.ehcp_timeliness", [_request(rng, number, rng.choice(children)) for number in range(size)])
    world.put("staging.exclusions", [_exclusion(rng, rng.choice(children)) for _ in range(size)])
    world.put("staging.graduated_response", [_cycle(rng, number, rng.choice(children)) for number in range(size)])
    world.put("staging.family_survey", [_response(rng, number) for number in range(size)])
    world.put("staging.comment_coding", [_coding(number) for number in range(3 * size)])
    pupils = [_pupil(rng, child, date(year, 1, 15)) for year in (2024, 2025, 2026) for child in children]
    world.put("staging.pupil_roll", pupils)
    world.put(
        "reference.survey_wave",
        [
            {"wave_id": wave, "population": role, "start_date": start, "end_date": end, "invited": invited}
            for wave, role, start, end, invited in WAVES
        ],
    )
    received = [datetime(2026, month, 28, 23, 30, tzinfo=UTC) for month in (5, 6, 7)]
    world.put(
        "core.reconciliation",
        [
            {
                "file_id": f"f{number}",
                "source": source,
                "supplier": source,
                "received_at": at,
                "status": "refused" if number == 3 else "current",
                "rows_received": 10 * number,
                "rows_accepted": 9 * number,
                "rows_quarantined": number,
                "rows_duplicate": 0,
                "rows_superseded": 0,
            }
            for number, (source, at) in enumerate(
                (source, at) for source in ("exclusions", "pupil_roll") for at in received
            )
        ],
    )
    world.put("core.rule_result", [_rule_result(number, rule) for number in range(6) for rule in ("R_001", "R_002")])
    world.put(
        "core.source_status",
        [
            {"source": "exclusions", "supplier": "exclusions", "status": "current", "age_days": 20},
            {"source": "exclusions", "supplier": "academies", "status": "stale", "age_days": 200},
            {"source": "pupil_roll", "supplier": "pupil_roll", "status": "missing", "age_days": None},
        ],
    )
    world.put("core.published_figure", [*_published(), *published_measures()])
    fill_programme(world, rng, children)
    assert reference_table("reference.calendar").num_rows


def _rule_result(number: int, rule: str) -> dict[str, object]:
    return {
        "source": "exclusions" if number < 3 else "pupil_roll",
        "file_id": f"f{number}",
        "rule_id": rule,
        "dimension": "validity",
        "severity": "critical" if rule == "R_001" else "warning",
        "failed": number,
        "total": 10 * number,
        "plain_words": f"{rule} in plain words",
    }


def _published() -> list[dict[str, object]]:
    """Own area, region, England, a neighbour and a stranger; figures, symbols and a figure that was revised."""
    areas = [
        (AREA, "E12000009"),
        ("E12000009", None),
        ("E92000001", None),
        ("E06000055", "E12000006"),
        ("E06000001", "E12000001"),
    ]
    own: dict[str, object] = {
        "figure_id": "F1",
        "measure_id": "EH1",
        "title": "Plans in time",
        "unit": "%",
        "period_type": "calendar_year",
    }
    breakdowns = [("Total", "Total"), ("SEN provision", "EHC plan"), ("SEN provision", "No SEN"), ("Sex", "Female")]
    rows: list[dict[str, object]] = [
        {
            **own,
            "period_label": str(year),
            "area_code": area,
            "area_name": area,
            "region_code": region,
            "breakdown_topic": topic,
            "breakdown": breakdown,
            "value": None if year == 2023 else year / 40,
            "symbol": "x" if year == 2023 else None,
            "source_file": "figures.csv",
            "is_latest": year != 2022,
        }
        for year in (2022, 2023, 2024)
        for area, region in areas
        for topic, breakdown in breakdowns
    ]
    context: dict[str, object] = {
        "figure_id": "F2",
        "measure_id": None,
        "numerator": 12.0,
        "denominator": 30.0,
        "value": 40.0,
    }
    return [*rows, rows[-20] | context, rows[-20] | {"figure_id": None}]


def _day(rng: random.Random, first: date, days: int, gap: float = 0.0) -> date | None:
    return None if rng.random() < gap else first + timedelta(days=rng.randrange(days))


def _child(rng: random.Random, number: int) -> dict[str, object]:
    return {
        "child_id": f"c{number:04}" if rng.random() > 0.03 else None,
        "birth_month": rng.choice([date(rng.randrange(1999, 2025), rng.randrange(1, 13), 1), None]),
        "sex": rng.choice(["M", "F", "M", "F", None]),
        "ethnicity": rng.choice(ETHNICITIES),
        "lsoa_code": rng.choice(LSOAS),
    }


def _request(rng: random.Random, number: int, child: dict[str, object]) -> dict[str, object]:
    received = date(2024, 1, 1) + timedelta(days=rng.randrange(1050))
    issued = _day(rng, received + timedelta(days=60), 200, gap=0.4)
    return {
        **child,
        "request_id": f"r{number}",
        "primary_need": rng.choice(NEEDS),
        "received_date": received,
        "request_outcome": rng.choice("YYYYNAWH"),
        "request_outcome_date": _day(rng, received + timedelta(days=20), 40, gap=0.2),
        "assessment_outcome": rng.choice(["Y", "Y", "N", "A", "W", "H", None]),
        "assessment_outcome_date": _day(rng, received + timedelta(days=80), 60, gap=0.3),
        "plan_issued_date": issued,
        "week20_exception": rng.choice([True, False, False, None]),
        "plan_ceased_date": issued and _day(rng, issued, 900, gap=0.8),
        "apdr_cycles_evidenced": rng.choice([0, 1, 2, 3, None]),
        **_later_steps(number, received, issued),
    }


def _later_steps(number: int, received: date, issued: date | None) -> dict[str, object]:
    """Advice and reviews, drawn apart from the rest."""
    rng = random.Random(number)
    asked = _day(rng, received + timedelta(days=30), 20, gap=0.3)
    meeting = issued and _day(rng, issued + timedelta(days=200), 400, gap=0.3)
    return {
        "cease_reason": rng.choice(["2", "5", None]),
        "health_advice_requested_date": asked,
        "health_advice_received_date": asked and _day(rng, asked, 80, gap=0.2),
        "social_care_advice_requested_date": asked,
        "social_care_advice_received_date": asked and _day(rng, asked, 80, gap=0.2),
        "review_meeting_date": meeting,
        "review_decision_date": meeting and _day(rng, meeting, 60, gap=0.2),
    }


def _exclusion(rng: random.Random, child: dict[str, object]) -> dict[str, object]:
    return {
        **child,
        "school_urn": rng.choice(["900001", "900002"]),
        "start_date": _day(rng, date(2024, 9, 1), 730),
        "category": rng.choice(["SUSP", "SUSP", "SUSP", "LNCH", "PERM"]),
        "sessions": rng.choice([1, 2, 10, 90, None]),
        "sen_provision": rng.choice(["E", "K", "N", None]),
        "primary_need": rng.choice(NEEDS),
        "overturned": rng.choice([True, False, None]),
    }


def _cycle(rng: random.Random, number: int, child: dict[str, object]) -> dict[str, object]:
    recorded = date(2025, 1, 1) + timedelta(days=rng.randrange(600))
    reviewed = _day(rng, recorded, 150, gap=0.4)
    return {
        "child_id": child["child_id"],
        "school_urn": "900001",
        "record_date": recorded,
        "cycle_number": number % 4 + 1,
        "stage": "review" if reviewed else "do",
        "primary_need": rng.choice(NEEDS),
        "review_date": reviewed,
        "review_outcome": reviewed and rng.choice(["met", "partly", "not_met", None]),
    }


def _response(rng: random.Random, number: int) -> dict[str, object]:
    wave, role, start, _, _ = rng.choice(WAVES)
    return {
        "response_id": f"s{number}",
        "wave_id": rng.choice([wave, wave, wave, "unknown wave"]),
        "respondent_role": role,
        "completed_date": min(start + timedelta(days=rng.randrange(30)), AS_AT),
        "age_band": rng.choice(["under_5", "5_10", "11_15", None]),
        "sex": rng.choice(["M", "F", None]),
        "ethnicity": rng.choice(ETHNICITIES),
        "sen_status": rng.choice(["ehc_plan", "sen_support", None]),
        "has_diagnosis": rng.choice([True, False, None]),
        "primary_need": rng.choice(NEEDS),
        "setting_type": rng.choice(["mainstream", "special", None]),
        "parent_carer_has_needs": rng.choice([True, False, None]),
        "sibling_young_carer": rng.choice([True, False, None]),
        "consent_share": rng.choice([True, True, True, False]),
        **{question: rng.choice(["1", "2", "3", "4", "5", "9", None]) for question in QUESTIONS},
        "comment": "words" if number % 2 else None,
    }


def _coding(number: int) -> dict[str, object]:
    """Two themes of a response by the first coder, one by the second."""
    return {
        "response_id": f"s{number // 3}",
        "theme_code": ("waiting", "health", "transport")[number % 3 - number % 2],
        "coder_ref": "C2" if number % 3 == 2 else "C1",
        "code_book_version": "1",
        "coded_date": AS_AT,
        "is_second_coder": number % 3 == 2,
    }


def _pupil(rng: random.Random, child: dict[str, object], census: date) -> dict[str, object]:
    return {
        **child,
        "census_date": census,
        "school_urn": "900001",
        "sen_provision": rng.choice(["E", "K", "N", "N", "N", None]),
        "primary_need": rng.choice(NEEDS),
    }
