"""The verifier fails on anything that is not as it was proven, and needs nothing but itself."""

import ast
import copy
from pathlib import Path

import numpy as np
import pytest
from linked_cases import random_linked

from pipelines.disclosure.linked import verify as verifier
from pipelines.disclosure.linked.control import SafeTables, make_safe
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.linked.verify import Proof, digest_of, verify


@pytest.fixture(scope="module")
def safe() -> SafeTables:
    return make_safe(random_linked(1), Policy())


def signed(proof: Proof) -> Proof:
    """As someone would who changes a proof and knows how the digest is made."""
    proof["digest"] = digest_of(proof)
    return proof


def test_a_proof_holds_for_what_was_published(safe: SafeTables) -> None:
    assert verify(safe.proof, safe.published()) == []


def test_undoing_any_one_suppression_fails(safe: SafeTables) -> None:
    position = safe.tables.position
    for key in safe.tables.named(safe.hidden):
        shown = {**safe.published(), key: int(safe.tables.value[position[key]])}
        assert verify(safe.proof, shown), key


@pytest.mark.parametrize("by", [1, -1])
def test_changing_any_published_count_fails(safe: SafeTables, by: int) -> None:
    for key, count in safe.published().items():
        assert verify(safe.proof, {**safe.published(), key: count + by}), key


@pytest.mark.parametrize("knows_the_digest", [False, True])
def test_altering_any_count_of_any_witness_fails(safe: SafeTables, knows_the_digest: bool) -> None:
    for number, other in enumerate(safe.proof["others"]):
        for place in range(len(other["cells"])):
            for by in (1, -1):
                changed = copy.deepcopy(safe.proof)
                changed["others"][number]["counts"][place] += by
                assert verify(signed(changed) if knows_the_digest else changed, safe.published())


def test_a_witness_that_points_elsewhere_fails(safe: SafeTables) -> None:
    for place in range(len(safe.proof["witnesses"])):
        for end in (1, 2):
            changed = copy.deepcopy(safe.proof)
            changed["witnesses"][place][end] = -1
            assert verify(signed(changed), safe.published())
        changed = copy.deepcopy(safe.proof)
        del changed["witnesses"][place]
        assert verify(signed(changed), safe.published())


def test_altering_the_true_table_fails(safe: SafeTables) -> None:
    for place in range(len(safe.proof["table"])):
        changed = copy.deepcopy(safe.proof)
        changed["table"][place] += 1
        assert verify(signed(changed), safe.published())


def test_a_count_that_the_proof_does_not_know_fails(safe: SafeTables) -> None:
    assert verify(safe.proof, {**safe.published(), "another cell": 12})


def test_a_small_count_may_only_be_known_from_outside(safe: SafeTables) -> None:
    proof: Proof = {
        "format": 1, "cells": ["a"], "threshold": [5], "protected": [], "sums": [], "table": [3], "others": [],
        "witnesses": [], "digest": "",
    }  # fmt: skip
    signed(proof)
    assert verify(proof, {"a": 3})
    assert verify(proof, {}, {"a": 3}) == []


def test_a_percentage_must_agree_with_every_witness(safe: SafeTables) -> None:
    value, position = safe.tables.value, safe.tables.position
    top, base = next(
        (a, b)
        for a in safe.tables.named(~safe.hidden)
        for b in safe.tables.named(~safe.hidden)
        if 5 <= value[position[a]] < value[position[b]]
    )
    share = 100 * value[position[top]] / value[position[base]]
    right = {"numerator": top, "denominator": base, "printed": f"{share:.1f}"}
    wrong = {**right, "printed": f"{share + 0.2:.1f}"}
    assert verify(safe.proof, safe.published(), None, [right]) == []
    assert verify(safe.proof, safe.published(), None, [wrong])
    hidden = next(
        k
        for k in safe.tables.named(safe.primary)
        if any(safe.tables.position[k] in o["cells"] for o in safe.proof["others"])
    )
    told = {
        "numerator": hidden,
        "denominator": base,
        "printed": f"{100 * value[position[hidden]] / value[position[base]]:.1f}",
    }
    assert verify(safe.proof, safe.published(), None, [told])


def test_problems_name_cells_and_no_counts(safe: SafeTables) -> None:
    key = safe.tables.named(safe.primary)[0]
    problems = verify(safe.proof, {**safe.published(), key: 4444})
    assert any(problem.startswith(key) for problem in problems)
    assert not any("4444" in problem for problem in problems)


def test_the_verifier_imports_only_the_standard_library() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported == {"hashlib", "json", "collections", "typing"}


def test_a_fraction_is_no_witness(safe: SafeTables) -> None:
    changed = copy.deepcopy(safe.proof)
    changed["others"][0]["counts"][0] = np.float64(1.5)  # type: ignore[call-overload]
    assert verify(signed(changed), safe.published())
