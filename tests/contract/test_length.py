"""Files stay short, so that a reader can hold one in the head."""

from __future__ import annotations

from statistics import median

from tests.contract.tree import ROOT, files, lines, relative

LONGEST_PYTHON = 400
MEDIAN_PYTHON = 150
LONGEST_README = 90


def test_no_python_file_is_longer_than_400_lines() -> None:
    long = {relative(p): lines(p) for p in files(suffix=".py") if lines(p) > LONGEST_PYTHON}
    assert long == {}


def test_the_median_python_file_is_shorter_than_150_lines() -> None:
    assert median(lines(path) for path in files(suffix=".py")) < MEDIAN_PYTHON


def test_the_readme_is_at_most_90_lines() -> None:
    assert lines(ROOT / "README.md") <= LONGEST_README
