"""Agreement of two coders, worked by hand."""

import pytest

from pipelines.methods.agreement import Agreement, agreement


def test_percent_and_kappa_of_fifty_comments() -> None:
    # 20 both, 5 first only, 10 second only, 15 neither: 35 of 50 alike = 0.7; by chance 25/50 x 30/50 + 25/50 x 20/50 = 0.5;
    # kappa (0.7 - 0.5) / (1 - 0.5) = 0.4.
    found = agreement(20, 5, 10, 15)
    assert (found.pairs, found.percent) == (50, pytest.approx(70))
    assert found.kappa == pytest.approx(0.4)


def test_coders_who_agree_on_everything_have_kappa_one() -> None:
    assert agreement(4, 0, 0, 6).kappa == pytest.approx(1)


def test_coders_who_agree_less_than_by_chance_are_below_zero() -> None:
    # Alike 0; by chance 0.5 x 0.5 + 0.5 x 0.5 = 0.5; (0 - 0.5) / 0.5 = -1.
    assert agreement(0, 5, 5, 0).kappa == pytest.approx(-1)


@pytest.mark.parametrize("counts", [(0, 0, 0, 8), (8, 0, 0, 0)])
def test_where_chance_alone_agrees_on_everything_there_is_no_kappa(counts: tuple[int, int, int, int]) -> None:
    assert agreement(*counts) == Agreement(8, 100.0, None)


def test_no_comment_coded_twice_is_no_agreement() -> None:
    assert agreement(0, 0, 0, 0) == Agreement(0, None, None)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        agreement(1, -1, 0, 0)
