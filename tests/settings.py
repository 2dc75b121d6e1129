"""The product's settings on the session's own servers. Only what a test run must have differently stands here."""

import os

from tests import bytecode, servers

bytecode.keep()
servers.provide()

from distsync.settings import *  # noqa: E402, F403 - the servers' addresses must stand in the environment first
from distsync.settings import DATABASES  # noqa: E402

DATABASES["default"]["TEST"] = {"NAME": os.environ.get("DISTSYNC_TEST_DB") or "test_distsync"}
# Argon2 and PBKDF2 are slow on purpose; no test is about how slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
