#!/usr/bin/env python
"""DistSync's command line. It speaks to the system that `make up` started, or to DATABASE_URL and REDIS_URL."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
