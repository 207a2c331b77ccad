"""A contract's rules as a Great Expectations suite: the YAML file is the only place where a rule is written.

Importing this module imports Great Expectations (seconds): import it inside the function that needs it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import ClassVar, cast

from great_expectations import ExpectationSuite
from great_expectations.exceptions.exceptions import ExpectationNotFoundError
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.registry import get_expectation_impl

from pipelines.contracts import Contract, ContractError, Rule

ROWS_QUERY = "unexpected_rows_query"


class CountedRowsExpectation(UnexpectedRowsExpectation):
    """The rows that a query finds, counted in the database. The original also brings 200 of them into Python."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: Mapping[str, int], runtime_configuration: object = None, execution_engine: object = None
    ) -> dict[str, object]:
        found = metrics["unexpected_rows_query.row_count"]
        return {"success": found == 0, "result": {"observed_value": found}}


def suite_of(contract: Contract, rules: Sequence[Rule], as_at: date) -> ExpectationSuite:
    """Rules of a contract as a suite. Raises ContractError if a rule cannot be an expectation."""
    return ExpectationSuite(name=contract.id, expectations=[expectation_of(contract, rule, as_at) for rule in rules])


def expectation_of(contract: Contract, rule: Rule, as_at: date) -> Expectation:
    """One rule as an expectation with its severity, and its id and dimension as metadata."""
    if rule.level == "row" and "row_condition" in rule.kwargs:
        raise ContractError(
            f"{contract.id}: {rule.id}: a row rule cannot have row_condition, because Great Expectations leaves it out "
            f"of the query that finds the failing rows; write the condition as {ROWS_QUERY}"
        )
    try:
        kind = cast(type[Expectation], get_expectation_impl(rule.expectation_type))
    except ExpectationNotFoundError:
        raise ContractError(f"{contract.id}: {rule.id}: there is no expectation {rule.expectation_type!r}") from None
    if kind is UnexpectedRowsExpectation:
        kind = CountedRowsExpectation
    try:
        return cast(Callable[..., Expectation], kind)(
            **resolved(contract, rule, as_at),
            severity=rule.severity,
            meta={"rule_id": rule.id, "dimension": rule.dimension},
            description=f"{rule.id}: {rule.plain_words}",
        )
    except ValueError as error:  # pydantic's ValidationError is one
        raise ContractError(f"{contract.id}: {rule.id}: kwargs do not fit {rule.expectation_type}: {error}") from error


def resolved(contract: Contract, rule: Rule, as_at: date) -> dict[str, object]:
    """The rule's arguments with its column (of a file rule: its figure in `validation.figures_sql`),
    ``{as_at}`` as the date and ``value_set_from`` as the codes of that set."""
    kwargs = {name: _dated(name, value, as_at) for name, value in rule.kwargs.items()}
    code_set = kwargs.pop("value_set_from", None)
    if code_set is not None:
        kwargs["value_set"] = list(contract.code_set(str(code_set)))
    if rule.figure:
        kwargs["column"] = rule.id
    elif (
        rule.column and rule.expectation_type.startswith("expect_column_") and not {"column", "column_A"} & set(kwargs)
    ):
        kwargs["column"] = rule.column
    return kwargs


def _dated(name: str, value: object, as_at: date) -> object:
    if not isinstance(value, str):
        return value
    return value.replace("{as_at}", f"date '{as_at}'" if name == ROWS_QUERY else as_at.isoformat())
