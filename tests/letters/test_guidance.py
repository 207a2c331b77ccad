"""Each statute and guide that a rule cites has its address, and no address is there for nothing."""

import csv
from urllib.parse import urlsplit

from pipelines.contract_files import load_contracts
from pipelines.letters.guidance import guidance_of
from pipelines.settings import REFERENCE

# Agreed here, or without a page of its own that is known.
WITHOUT = (
    "House rule", "Questionnaire", "List of survey waves", "School terms", "ONS postcode lookup",
    "Learning Records Service", "Local Government and Social Care Ombudsman", "DfE: a school year has 380 sessions",
)  # fmt: skip
PUBLISHERS = {
    "www.gov.uk", "www.legislation.gov.uk", "explore-education-statistics.service.gov.uk",
    "get-information-schools.service.gov.uk", "www.datadictionary.nhs.uk",
}  # fmt: skip


def sources() -> set[str]:
    return {rule.source for contract in load_contracts() for rule in (*contract.rules, *contract.return_rules)}


def test_every_statute_and_national_guide_that_a_rule_cites_has_its_address() -> None:
    cited = ("Act 2", "Regulations 2", "SEND code", "DfE SEN2", "DfE school census", "School census rule", "UK GDPR")
    national = [source for source in sources() if source.startswith(cited) or any(name in source for name in cited[:2])]
    assert len(national) > 40
    assert not [source for source in national if guidance_of(source) is None and not source.startswith(WITHOUT)]


def test_the_longest_beginning_decides() -> None:
    regulation = guidance_of("SEND Regulations 2014 (SI 2014/1530) reg 10(4) and 13(3)")
    assert regulation and regulation.url == "https://www.legislation.gov.uk/uksi/2014/1530/regulation/10"
    part = guidance_of("SEND Regulations 2014 (SI 2014/1530) part 3: mediation")
    assert part and part.url.endswith("/contents")
    assert guidance_of("House rule: no future dates") is None


def test_every_address_is_a_publishers_and_some_rule_leads_to_it() -> None:
    with (REFERENCE / "guidance.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {urlsplit(row["url"]).netloc for row in rows} <= PUBLISHERS
    assert {urlsplit(row["url"]).scheme for row in rows} == {"https"}
    led_to = {found.url for source in sources() if (found := guidance_of(source))}
    assert led_to == {row["url"] for row in rows}
