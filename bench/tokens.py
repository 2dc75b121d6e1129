"""Makes the bench's credential, user and token in one process beside the running system, and prints them as JSON."""

import io
import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")

PASSWORD = "a password of the bench alone"


def make() -> dict[str, str]:
    """By the same commands as a person's; under new names, should an earlier run have been cut off before it kept them."""
    from django.core.management import call_command
    from django.core.management.base import BaseCommand

    from apps.accounts.management.commands import token, user
    from apps.partners.management.commands import source

    def said(command: BaseCommand, *arguments: str) -> str:
        out = io.StringIO()
        call_command(command, *arguments, "--json", stdout=out)
        return str(json.loads(out.getvalue()).get("token", ""))

    name = f"bench-{int(time.time())}"
    credential = said(source.Command(), "create", name)
    sys.stdin = io.StringIO(PASSWORD)
    said(user.Command(), "create", name, "--role", "administrator", "--password-stdin")
    return {"source": credential, "user": said(token.Command(), "create", name), "name": name, "password": PASSWORD}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make()))
