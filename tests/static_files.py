"""Static files are looked up once by a process, not once by each test client: each makes the whole middleware anew."""

from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware


def look_up_once() -> None:
    """WhiteNoise reads the state of every file when it is made: two thirds of the time of a request by a client of its own."""
    look_up = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[tuple[Any, ...], dict[str, Any]] = {}

    def reuse(self: WhiteNoiseMiddleware) -> None:
        asked = (self.static_prefix, self.max_age, *map(str, settings.STATICFILES_DIRS))
        if asked not in found:
            look_up(self)
            found[asked] = dict(self.files)
        self.files.update(found[asked])

    WhiteNoiseMiddleware.add_files_from_finders = reuse
