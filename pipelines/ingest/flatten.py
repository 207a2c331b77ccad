"""SQL for the columns of a contract, from the modules of a national return: what its definition says, as expressions."""

from collections.abc import Mapping, Sequence

from pipelines.ingest.returns import Choice, ContractColumn, RowsOf
from pipelines.ingest.typed import parsed_date

TRUE = "('1', '1.0', 'y', 'yes', 'true', 't')"


def columns_of(part: RowsOf) -> list[str]:
    """The columns of the contract that the definition fills, the made key first."""
    return [*([part.made_key] if part.made_key else []), *part.constants, *part.columns]


def references_of(column: ContractColumn) -> list[str]:
    """Every `module.column` that a column is made of."""
    choices = [reference for choice in column.choices for reference in (*choice.sources, *choice.when)]
    return [*column.sources, *choices]


def letters_of(parts: Sequence[RowsOf], letters: Mapping[str, str]) -> dict[str, str]:
    """The Excel letters of `module.column`, and of a contract's columns by the first that each is made of.

    Where the rows come from several modules, those of the contract are `module.column` too.
    """
    found = dict(letters)
    for part in parts:
        prefix = f"{part.module}." if len(parts) > 1 else ""
        for name, column in part.columns.items():
            source = next((source for source in references_of(column) if source in letters), None)
            if source:
                found.setdefault(f"{prefix}{name}", letters[source])
    return found


def value_of(column: ContractColumn) -> str:
    """The text of a column: the first filled source, with older codes replaced; NULL where there is none."""
    if column.choices:
        return f"case {' '.join(_when(choice) for choice in column.choices)} end"
    sources = [_filled(source) for source in column.sources]
    if column.any:
        true = " or ".join(f"coalesce(lower({source}), '') in {TRUE}" for source in sources)
        return f"case when {true} then '1' else coalesce({', '.join(sources)}) end"
    value = f"coalesce({', '.join(sources)})" if len(sources) > 1 else sources[0]
    if not column.codes:
        return value
    cases = " ".join(f"when '{old}' then '{new}'" for old, new in column.codes.items())
    return f"case regexp_replace({value}, '\\.0$', '') {cases} else {value} end"


def _when(choice: Choice) -> str:
    conditions = [
        f"upper({_filled(reference)}) in ({', '.join(repr(value) for value in values)})"
        for reference, values in choice.when.items()
    ]
    return f"when {' and '.join(conditions)} then coalesce({', '.join(_filled(s) for s in choice.sources)}, null)"


def _filled(reference: str) -> str:
    module, column = reference.split(".")
    return f"nullif(trim({module}.\"{column}\"), '')"


def made_key(part: RowsOf) -> str:
    """A keyed id of the person and the day, equal in every export: it takes the pseudonym, so that it tells nothing."""
    upn, uln, born, postcode, day = (
        value_of(part.columns[name]) for name in ("upn", "uln", "date_of_birth", "postcode", "received_date")
    )
    person = (
        f"coalesce(replace(upper({upn}), ' ', ''), {uln},"
        f" cast({parsed_date(born)} as varchar) || replace(upper(coalesce({postcode}, '')), ' ', ''),"
        f" 'row ' || {part.module}.row_number)"
    )
    received = f"coalesce(cast({parsed_date(day)} as varchar), '')"
    number = f"row_number() over (partition by {person}, {received} order by {part.module}.row_number)"
    return f"left(sha256(upn_pseudonym({person} || '|' || {received} || '|' || {number})), 16)"
