"""What is learned of who sends which milestone is learned anew by each test."""

from collections.abc import Iterator

import pytest

from apps.exceptions import measured


@pytest.fixture(autouse=True)
def _learn_anew() -> Iterator[None]:
    measured.forget()
    yield
    measured.forget()
