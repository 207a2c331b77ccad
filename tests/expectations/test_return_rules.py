"""Every rule about the modules of a return: the passing return keeps it, one changed cell breaks it, and says where."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import duckdb
import pytest
import yaml

from assets.rule_checks import NO_RETURN, check_name, rule_checks
from pipelines.contract_files import load_contract
from pipelines.extract import StagedSource, process_source
from pipelines.ingest.landing import receive
from pipelines.ingest.modules import ModuleTables
from pipelines.ingest.return_checks import Finding, Place, check_modules
from pipelines.ingest.return_rules import ReturnRulesProblem, load_return_rules
from pipelines.ingest.returns import load_returns
from pipelines.letters.things import read_lines
from pipelines.outcomes import to_fix_path
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.tables import file_path, quoted
from tests.ingest.reading import HEADER, row
from tests.ingest.sen2_shapes import ModuleRows, modules_of

CASES = Path(__file__).parent / "return_rule_cases"
AS_AT = date(2026, 9, 30)
SOURCE = "ehcp_timeliness"
SPECIAL_SCHOOL = "900081"
(SEN2_RULES,) = load_return_rules()


@dataclass(frozen=True)
class Mutant:
    """One changed row; where the rule finds it; the requests that it spoils."""

    changed: Place
    change: dict[str, str]
    breaks: Place
    spoils: tuple[int, ...]


def mutants() -> dict[str, Mutant]:
    cases = cast(dict[str, dict[str, object]], yaml.safe_load((CASES / "sen2.yaml").read_text(encoding="utf-8")))
    found: dict[str, Mutant] = {}
    for rule_id, case in cases.items():
        changed = Place(str(case["module"]), cast(int, case["row"]))
        breaks = cast(dict[str, object], case.get("breaks", case))
        place = Place(str(breaks["module"]), cast(int, breaks["row"]))
        change = cast(dict[str, str], case["change"])
        found[rule_id] = Mutant(changed, change, place, tuple(cast(list[int], case.get("spoils", []))))
    return found


@pytest.fixture(scope="module")
def sample(shared_dir: Path) -> Path:
    """Eleven made-up persons."""
    return shared_dir / "samples" / "constructed" / "sen2_2026_constructed.xml"


@pytest.fixture(scope="module")
def passing(sample: Path) -> ModuleRows:
    """Those persons, all with a UPN; one is placed at a special school, one plan was transferred in."""
    modules = modules_of(sample)
    modules["person"][7] |= {"upn": "A839202500001", "upnunknown": ""}
    modules["placementdetail"][0]["urn"] = SPECIAL_SCHOOL
    modules["activeplans"][4]["transferla"] = "1"
    return modules


def check(settings: Settings, modules: ModuleRows) -> dict[str, Finding]:
    (sen2,) = (national for national in load_returns() if national.id == "sen2")
    tables = ModuleTables(duckdb.connect(), sen2, "return", settings)
    for module, rows in modules.items():
        for number, values in enumerate(rows, start=1):
            tables.add(module, number, {column: text for column, text in values.items() if text})
    tables.finish()
    return {finding.rule.id: finding for finding in check_modules(tables, SOURCE)}


def changed(modules: ModuleRows, place: Place, change: dict[str, str]) -> ModuleRows:
    mutated = deepcopy(modules)
    mutated[place.module][place.row_number - 1] |= change
    return mutated


GOOD: dict[str, tuple[str, Place, dict[str, str]]] = {
    "42 days": ("S19", Place("assessment", 1), {"assessmentoutcomedate": "2025-03-17"}),
    "two years": ("S19", Place("assessment", 1), {"assessmentoutcomedate": "2027-02-03"}),
    "on the census date": ("S18", Place("activeplans", 5), {"lastreview": "2026-01-15"}),
    "due later": ("S18", Place("activeplans", 5), {"phasetransferduedate": "2026-02-15"}),
    "older code of Capita One": ("S16", Place("assessment", 1), {"assessmentoutcome": "S"}),
    "unit at a mainstream school": ("S12", Place("placementdetail", 1), {"urn": "900007", "senunitindicator": "1"}),
    "leaves on the census date": ("S09a", Place("placementdetail", 1), {"leavingdate": "2026-01-15"}),
    "reason in small letters": ("S03", Place("person", 1), {"upn": "", "upnunknown": "un10"}),
    "ended within the year": ("S08", Place("namedplan", 1), {"ceasedate": "2025-01-01"}),
}


@dataclass(frozen=True)
class Broken:
    """What a rule found in one of many returns: places and spoilt rows as that return numbers them."""

    places: tuple[Place, ...]
    spoilt: tuple[int, ...]


@pytest.fixture(scope="module")
def broken(passing: ModuleRows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Broken]]:
    """Name of a return → rule → what it broke: all mutants as one return of many persons, because that takes a second."""
    returns = {"passing": passing}
    returns |= {rule_id: changed(passing, mutant.changed, mutant.change) for rule_id, mutant in mutants().items()}
    returns |= {name: changed(passing, place, change) for name, (_, place, change) in GOOD.items()}
    together: ModuleRows = {module: [] for module in passing} | {"sen2": passing["sen2"]}
    for copy, modules in enumerate(returns.values()):
        for module in together.keys() - {"sen2"}:
            together[module] += [of_its_own(values, copy) for values in modules[module]]
    findings = check(Settings(data_dir=tmp_path_factory.mktemp("data")), together)
    names = list(returns)
    found = {name: dict.fromkeys(findings, Broken((), ())) for name in names}
    for rule_id, finding in findings.items():
        for copy, name in enumerate(names):
            sizes = {module: len(rows) for module, rows in passing.items()}
            places = [Place(p.module, p.row_number - copy * sizes[p.module]) for p in finding.places]
            spoilt = [number - copy * sizes["requests"] for number in finding.quarantined]
            found[name][rule_id] = Broken(
                tuple(place for place in places if 1 <= place.row_number <= sizes[place.module]),
                tuple(number for number in spoilt if 1 <= number <= sizes["requests"]),
            )
    return found


def of_its_own(values: dict[str, str], copy: int) -> dict[str, str]:
    """A row whose ids and UPN no other copy of the return has."""
    identities = {column for column in values if column.endswith("tableid") or column == "upn"}
    return {column: f"{text}-{copy}" if text and column in identities else text for column, text in values.items()}


def test_every_check_of_the_domain_has_a_rule_and_every_rule_a_mutant() -> None:
    ids = [rule.id for rule in SEN2_RULES.rules]
    assert set(ids) == set(mutants())
    assert len(ids) == len(set(ids))
    assert {rule_id[:3] for rule_id in ids} == {f"S{number:02}" for number in range(1, 22)}


def test_the_passing_return_breaks_no_rule(broken: dict[str, dict[str, Broken]]) -> None:
    assert [rule_id for rule_id, found in broken["passing"].items() if found.places] == []


@pytest.mark.parametrize("rule_id", mutants())
def test_one_changed_cell_breaks_its_rule_at_its_place(broken: dict[str, dict[str, Broken]], rule_id: str) -> None:
    mutant = mutants()[rule_id]
    found = broken[rule_id][rule_id]
    assert mutant.breaks in found.places
    assert len(found.places) == (2 if rule_id in ("S02", "S13b", "S13c", "S20") else 1)
    assert found.spoilt == mutant.spoils


def test_only_critical_rules_spoil_requests() -> None:
    severities = {rule.id: rule.severity for rule in SEN2_RULES.rules}
    assert {rule_id for rule_id, mutant in mutants().items() if mutant.spoils} == {
        rule_id for rule_id, severity in severities.items() if severity == "critical"
    }


@pytest.mark.parametrize("name", GOOD)
def test_what_lies_on_the_good_side_of_a_limit_keeps_the_rule(broken: dict[str, dict[str, Broken]], name: str) -> None:
    assert broken[name][GOOD[name][0]].places == ()


def test_a_return_without_its_year_breaks_s01_and_spoils_no_request(settings: Settings, passing: ModuleRows) -> None:
    finding = check(settings, changed(passing, Place("sen2", 1), {"year": ""}))["S01"]
    assert (finding.places, finding.quarantined, finding.total) == ((Place("sen2", 1),), (), 1 + 11 + 11)


def test_down_syndrome_is_a_need_from_2025_on(settings: Settings, passing: ModuleRows) -> None:
    failed = {
        year: check(
            settings,
            changed(changed(passing, Place("senneed", 1), {"sentype": "DS"}), Place("sen2", 1), {"year": year}),
        )["S13a"].failed
        for year in ("2024", "2025", "2026")
    }
    assert failed == {"2024": 1, "2025": 0, "2026": 0}


def test_a_column_that_the_year_has_not_breaks_no_rule(settings: Settings, passing: ModuleRows) -> None:
    """Dates of review meetings came with the return of 2024."""
    late = changed(passing, Place("activeplans", 5), {"reviewmeeting": "2026-03-01"})
    assert check(settings, late)["S18"].failed == 1
    assert check(settings, changed(late, Place("sen2", 1), {"year": "2023"}))["S18"].failed == 0


def test_rules_that_need_the_census_date_are_not_run_without_one(settings: Settings, passing: ModuleRows) -> None:
    findings = check(settings, changed(passing, Place("sen2", 1), {"referencedate": ""}))
    assert set(mutants()) - set(findings) == {"S06b", "S07a", "S07b", "S08", "S09a", "S09b", "S18"}


def test_a_file_of_rules_with_a_wrong_key_says_which(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("return: sen2\ncontract: x\nrulez: []\n", encoding="utf-8")
    with pytest.raises(ReturnRulesProblem, match=r"mine\.yaml cannot be used[\s\S]*rulez"):
        load_return_rules(tmp_path)


def processed(settings: Settings, name: str, text: str) -> StagedSource:
    path = settings.inbox / SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    receive(settings, SOURCE)
    return process_source(settings, load_contract(SOURCE), AS_AT)


def test_a_request_that_breaks_a_critical_rule_is_quarantined_and_its_place_told(
    settings: Settings, sample: Path
) -> None:
    text = sample.read_text(encoding="utf-8").replace("<SENtype>SEMH</SENtype>", "<SENtype>ASD</SENtype>", 1)
    staged = processed(settings, "return.xml", text)
    (outcome,) = staged.outcomes
    quarantine = file_path(settings, "quarantine", SOURCE, outcome.file_id)
    reasons = f"select row_number, rule_ids from read_parquet({quoted(quarantine)}) order by row_number"
    assert duckdb.sql(reasons).fetchall() == [(1, "S13b")]  # request 8 has no UPN, and says why
    build_reconciliation(settings, AS_AT)

    lines = [line for line in read_lines(to_fix_path(settings, SOURCE, outcome.file_id)) if line["rule_id"] == "S13b"]
    assert [(line["sheet"], line["row_number"], line["column"]) for line in lines] == [
        ("senneed", 1, "sentype"),
        ("senneed", 2, "sentype"),
    ]
    contract = load_contract(SOURCE)
    checks = {check.check_name: check for check in rule_checks(settings, contract, staged)}
    broken = checks[check_name(contract.rule("S13b"))]
    assert (broken.passed, broken.metadata["failed"].value, broken.metadata["total"].value) == (False, 2, 10)
    assert checks[check_name(contract.rule("S13a"))].passed


def test_the_rules_are_said_not_to_be_run_on_what_is_no_return(settings: Settings) -> None:
    staged = processed(settings, "export.csv", f"{HEADER}\n{row()}\n")
    contract = load_contract(SOURCE)
    checks = {check.check_name: check for check in rule_checks(settings, contract, staged)}
    told = {(checks[check_name(rule)].passed, checks[check_name(rule)].description) for rule in contract.return_rules}
    assert told == {(True, NO_RETURN)}
