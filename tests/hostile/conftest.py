"""A door to knock at, as the intake's own tests have it."""

from tests.apps.intake.conftest import _nothing_remembered, door

__all__ = ["_nothing_remembered", "door"]
