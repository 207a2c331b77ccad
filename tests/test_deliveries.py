"""What the delivery calendar says on a day: on time, late, missing, not yet due; in August nothing is due."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from pipelines.contract_files import load_contract, load_contracts
from pipelines.deliveries import DeliveryState, delivery_states, overdue
from pipelines.delivery_calendar import Deliveries
from pipelines.outcomes import FileOutcome

APPEALS, EXCLUSIONS, COMPLAINTS = (load_contract(name) for name in ("appeals", "exclusions", "complaints"))
NO_FILE = FileOutcome("", 0, "", "", "", "", "", "", "", 0, 0, 0, 0, (), (), "", "")


def came(number: int, day: str, *months: str, supplier: str = "north") -> FileOutcome:
    """The `number`-th file, with accepted rows of these months."""
    arrived = f"{day}T09:00:00+00:00"
    file = replace(NO_FILE, file_id=f"file{number}", sequence=number, supplier=supplier, received_at=arrived)
    return replace(file, months=tuple(f"{month}-01" for month in months))


def told(states: list[DeliveryState]) -> list[tuple[str, str, int | None]]:
    return [(state.period, state.status, state.days_late) for state in states]


def test_a_delivery_on_the_day_on_which_it_is_due_is_on_time_and_one_a_day_later_is_late() -> None:
    files = [came(1, "2026-09-07", "2026-08"), came(2, "2026-10-14", "2026-09"), came(3, "2026-11-15", "2026-10")]
    states = delivery_states(APPEALS, files, date(2026, 11, 20))
    assert told(states) == [
        ("August 2026", "received", 0),
        ("September 2026", "received", 0),
        ("October 2026", "late", 1),
        ("November 2026", "not yet due", None),
    ]
    assert [state.due_date for state in states[:2]] == [date(2026, 9, 14), date(2026, 10, 14)]
    assert states[2].file_id == "file3" and states[2].received_at == datetime.fromisoformat(files[2].received_at)
    assert overdue(states, date(2026, 11, 20)) is None


def test_a_delivery_is_missing_from_the_day_after_it_was_due() -> None:
    files = [came(1, "2026-09-07", "2026-08")]
    assert told(delivery_states(APPEALS, files, date(2026, 10, 14)))[1] == ("September 2026", "not yet due", None)
    states = delivery_states(APPEALS, files, date(2026, 10, 15))
    assert told(states)[1] == ("September 2026", "missing", 1)
    owed = overdue(states, date(2026, 10, 15))
    assert owed is not None and (owed.period, owed.file_id) == ("September 2026", None)


def test_no_exclusions_are_due_in_august() -> None:
    files = [came(1, "2026-04-20", "2026-02", "2026-03")]
    for day in (date(2026, 8, 1), date(2026, 8, 31), date(2026, 9, 28)):
        summer = delivery_states(EXCLUSIONS, files, day)[1]
        assert (summer.period, summer.status, summer.due_date) == (
            "Summer term 2025/26",
            "not yet due",
            date(2026, 9, 28),
        )
    assert delivery_states(EXCLUSIONS, files, date(2026, 9, 29))[1].status == "missing"


@pytest.mark.parametrize("contract_id", [contract.id for contract in load_contracts()])
def test_every_extract_has_a_calendar_and_what_comes_each_term_is_never_due_in_august(contract_id: str) -> None:
    deliveries = load_contract(contract_id).deliveries
    assert deliveries is not None
    for period in deliveries.periods():
        due = deliveries.due(period)
        assert deliveries.may_come_from(period) < due
        assert due.month not in ({8} if deliveries.frequency == "term" else set())


def test_nothing_was_owed_before_the_first_file_came() -> None:
    states = delivery_states(APPEALS, [came(1, "2026-11-10", "2025-11", "2026-03")], date(2026, 12, 20))
    assert told(states) == [
        ("March 2026", "received", 0),
        ("October 2026", "missing", 36),
        ("November 2026", "missing", 6),
        ("December 2026", "not yet due", None),
    ]


def test_older_periods_that_come_after_the_first_file_are_listed_and_were_not_owed() -> None:
    files = [came(1, "2026-11-10", "2026-10"), came(2, "2026-11-18", "2026-06"), came(3, "2026-11-19", "2026-05")]
    assert told(delivery_states(COMPLAINTS, files, date(2026, 11, 20))) == [
        ("May 2026", "received", 0),
        ("June 2026", "received", 0),
        ("October 2026", "received", 0),
        ("November 2026", "not yet due", None),
    ]


def test_a_refused_file_is_no_delivery_and_still_begins_the_calendar() -> None:
    refused = replace(came(1, "2026-10-05"), refusal_code="rules")
    states = delivery_states(APPEALS, [refused], date(2026, 10, 15))
    assert told(states) == [("September 2026", "missing", 1), ("October 2026", "not yet due", None)]
    states = delivery_states(APPEALS, [refused, came(2, "2026-10-16", "2026-09")], date(2026, 10, 20))
    assert told(states)[0] == ("September 2026", "late", 2)


def test_a_withdrawn_file_never_came() -> None:
    files = [came(1, "2026-09-07", "2026-08"), replace(came(2, "2026-10-05", "2026-09"), withdrawn=True)]
    assert told(delivery_states(APPEALS, files, date(2026, 10, 15)))[1] == ("September 2026", "missing", 1)
    assert delivery_states(APPEALS, files[1:], date(2026, 10, 15)) == []


def test_a_delivery_that_is_sent_again_stays_on_time() -> None:
    files = [came(1, "2026-10-05", "2026-09"), came(2, "2026-11-02", "2026-09")]
    state = delivery_states(APPEALS, files, date(2026, 11, 3))[0]
    assert (state.status, state.file_id, state.received_at) == (
        "received",
        "file2",
        datetime.fromisoformat(files[0].received_at),
    )


def test_a_file_with_a_few_days_of_the_next_month_brings_the_month_that_ended() -> None:
    for contract in (APPEALS, COMPLAINTS):
        states = delivery_states(contract, [came(1, "2026-11-03", "2026-10", "2026-11")], date(2026, 12, 15))
        assert told(states)[:2] == [("October 2026", "received", 0), ("November 2026", "missing", 1)]


def test_a_later_snapshot_holds_what_is_missing_and_a_later_increment_does_not() -> None:
    files = [came(1, "2026-09-07", "2026-08"), came(2, "2026-11-09", "2026-10")]
    september = {c.id: delivery_states(c, files, date(2026, 11, 10))[1] for c in (APPEALS, COMPLAINTS)}
    assert (september["appeals"].status, september["appeals"].days_late) == ("late", 26)
    assert (september["complaints"].status, september["complaints"].days_late) == ("missing", 27)
    caught_up = [files[0], came(2, "2026-11-09", "2026-09", "2026-10")]
    assert delivery_states(COMPLAINTS, caught_up, date(2026, 11, 10))[1].status == "late"


def test_where_no_row_has_a_date_the_day_on_which_the_file_came_tells_the_period() -> None:
    actions = load_contract("actions")
    assert actions.deliveries is not None and not actions.deliveries.data_up_to
    states = delivery_states(actions, [came(1, "2026-10-02"), came(2, "2026-11-02")], date(2026, 11, 20))
    assert told(states) == [
        ("September 2026", "received", 0),
        ("October 2026", "received", 0),
        ("November 2026", "not yet due", None),
    ]


def test_each_supplier_has_a_calendar_of_its_own_and_goes_by_its_number() -> None:
    files = [came(1, "2026-09-07", "2026-08"), came(2, "2026-10-05", "2026-09", supplier="appeals")]
    states = delivery_states(APPEALS, files, date(2026, 10, 15))
    assert [(state.supplier_id, state.period, state.status) for state in states] == [
        ("supplier 1", "August 2026", "received"),
        ("supplier 1", "September 2026", "missing"),
        ("supplier 1", "October 2026", "not yet due"),
        ("appeals", "September 2026", "received"),
        ("appeals", "October 2026", "not yet due"),
    ]


def test_a_census_is_due_after_the_start_of_its_year() -> None:
    roll = load_contract("pupil_roll")
    states = delivery_states(roll, [came(1, "2025-02-20", "2025-01")], date(2026, 4, 1))
    assert [(state.period, state.due_date, state.status) for state in states] == [
        ("2025", date(2025, 4, 1), "received"),
        ("2026", date(2026, 4, 1), "not yet due"),
    ]


def test_a_day_outside_the_calendar_belongs_to_its_first_or_last_period() -> None:
    by_month = Deliveries.model_validate({"frequency": "month", "daysAfterEnd": 14})
    assert by_month.period_of(date(1999, 5, 1)) == by_month.periods()[0]
    assert by_month.period_of(date(2099, 5, 1)) == by_month.periods()[-1]
