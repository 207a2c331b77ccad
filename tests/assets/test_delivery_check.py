"""The check of deliveries says which source and period, and how many suppliers; never which."""

from dataclasses import replace
from datetime import date
from typing import Final

import dagster as dg

from assets.reconciliation import delivery_check
from pipelines.deliveries import DeliveryState, write_deliveries
from pipelines.settings import Settings

SUMMER: Final = (date(2026, 4, 1), date(2026, 7, 31), date(2026, 9, 28))
AUTUMN: Final = (date(2026, 8, 1), date(2026, 12, 31), date(2027, 1, 28))
CANARY: Final = "Zzyzxcanary"
ON_TIME = DeliveryState("exclusions", CANARY, "supplier 1", "Summer term 2025/26", *SUMMER, "received")
LATE = replace(ON_TIME, status="late", days_late=3)
MISSING = replace(ON_TIME, status="missing", days_late=30)


def test_missing_deliveries_are_a_warning_that_counts_suppliers_and_names_none(settings: Settings) -> None:
    other = replace(MISSING, supplier="south", supplier_id="supplier 2")
    write_deliveries(settings, [MISSING, other])
    result = delivery_check(settings)
    assert not result.passed and result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == "exclusions, Summer term 2025/26: missing, due on 2026-09-28, 2 suppliers."
    assert {name: value.value for name, value in result.metadata.items()} == {
        "received": 0,
        "late": 0,
        "missing": 2,
        "not yet due": 0,
    }
    assert CANARY not in str(result)


def test_a_late_delivery_is_a_warning_until_the_next_one_came(settings: Settings) -> None:
    running = DeliveryState("exclusions", CANARY, "supplier 1", "Autumn term 2026/27", *AUTUMN, "not yet due")
    write_deliveries(settings, [LATE, running])
    assert not delivery_check(settings).passed
    write_deliveries(settings, [LATE, replace(running, status="received")])
    assert delivery_check(settings).passed


def test_without_a_delivery_that_is_due_all_is_well(settings: Settings) -> None:
    write_deliveries(settings, [])
    assert delivery_check(settings).passed
