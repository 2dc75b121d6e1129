"""Compiled modules are kept for the processes that the tests start, also where Python is told to write none."""

import os
import sys

from distsync.env import ROOT

FOLDER = ROOT / ".pytest_cache" / "bytecode"


def keep() -> None:
    """Without it, each of some hundred processes compiles Django and all else anew: three seconds of a core each. Nothing is
    written beside the sources, as was asked for."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(FOLDER))
        sys.dont_write_bytecode = False
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]
