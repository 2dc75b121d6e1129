"""What this process changed, it must not remember otherwise."""

from apps.partners import discovery, services


def forget(**_signal: object) -> None:
    discovery.forget()
    services.forget()
