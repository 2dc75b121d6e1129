"""The release that this code is. pyproject.toml names the same; a test holds them together."""

VERSION = "0.1.0"
