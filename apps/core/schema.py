"""Whether the database's tables are those that this code was written for: which migrations are missing, which are unknown."""

from dataclasses import dataclass
from functools import cache

from django.db import ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader

Name = tuple[str, str]  # app, migration


@dataclass(frozen=True, slots=True)
class Schema:
    """`missing`: this code has them, the database not. `unknown`: the database had them from newer code, which may be:
    releases only add, so that old code runs on while new code is rolled out."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def word(self) -> str:
        return "older" if self.missing else "newer" if self.unknown else "ok"

    @property
    def sentence(self) -> str:
        """What it means and what to do; empty when it is as expected."""
        if self.missing:
            return (
                f"The database is older than this code: {_named(self.missing)} not applied. "
                "Run `manage.py migrate` as the tables' owner."
            )
        if self.unknown:
            return (
                f"The database is newer than this code: {_named(self.unknown)} unknown here. This code runs on it; "
                "bring it to the newer release, too."
            )
        return ""


def compare(applied: set[Name], known: frozenset[Name]) -> Schema:
    """`unknown` counts only applications that this code has: others may share the table of migrations."""
    ours = {app for app, _ in known}
    return Schema(
        missing=tuple(sorted(f"{app}.{name}" for app, name in known - applied)),
        unknown=tuple(sorted(f"{app}.{name}" for app, name in applied - known if app in ours)),
    )


def schema() -> Schema:
    """One statement. Raises DatabaseError when the database does not answer."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT app, name FROM django_migrations")
        except ProgrammingError:  # an empty database: nothing was ever migrated
            return compare(set(), known_migrations())
        return compare(set(cursor.fetchall()), known_migrations())


@cache
def known_migrations() -> frozenset[Name]:
    """All that this code would apply. Reads the migrations' files once in a process."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations)


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{shown}{more} {'is' if len(names) == 1 else 'are'}"
