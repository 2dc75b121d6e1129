"""Reads the deployment's environment into typed values: the environment first, then what `make up` wrote."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def data_folder() -> Path:
    """The folder that `make up` keeps its state in (`DISTSYNC_DATA`, default `var/`)."""
    import os

    path = Path(os.environ.get("DISTSYNC_DATA", "var"))
    return path if path.is_absolute() else ROOT / path


class StackFile(PydanticBaseSettingsSource):
    """Values that the running stack left in `<data>/stack.json`: so that `manage.py` finds it without being told."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # pragma: no cover - the whole mapping is returned at once

    def __call__(self) -> dict[str, Any]:
        path = data_folder() / "stack.json"
        if not path.is_file():
            return {}
        content: dict[str, Any] = json.loads(path.read_text())
        return content


class Env(BaseSettings):
    """Every variable that DistSync reads, with its default. docs/operations.md lists them."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False, env_ignore_empty=True)

    database_url: str = "postgresql://distsync_app@127.0.0.1:5432/distsync"
    database_owner_url: str = ""
    redis_url: str = "redis://127.0.0.1:6379/0"
    secret_key: str = Field(default="", validation_alias="DISTSYNC_SECRET_KEY")
    secret_key_fallbacks: Annotated[list[str], NoDecode] = Field(default=[], validation_alias="DISTSYNC_SECRET_KEY_FALLBACKS")
    production: bool = Field(default=False, validation_alias="DISTSYNC_PRODUCTION")
    hosts: Annotated[list[str], NoDecode] = Field(
        default=["localhost", "127.0.0.1", "[::1]"], validation_alias="DISTSYNC_HOSTS"
    )
    origins: Annotated[list[str], NoDecode] = Field(default=[], validation_alias="DISTSYNC_ORIGINS")
    behind_proxy: bool = Field(default=False, validation_alias="DISTSYNC_BEHIND_PROXY")
    proxy_count: int = Field(default=1, ge=1, validation_alias="DISTSYNC_PROXY_COUNT")
    time_zone: str = Field(default="UTC", validation_alias="DISTSYNC_TIME_ZONE")
    currency: str = Field(default="USD", validation_alias="DISTSYNC_CURRENCY")
    demo: str = Field(default="off", validation_alias="DISTSYNC_DEMO")
    body_limit_bytes: int = Field(default=5 * 1024 * 1024, validation_alias="DISTSYNC_BODY_LIMIT_BYTES")
    batch_limit_events: int = Field(default=1000, validation_alias="DISTSYNC_BATCH_LIMIT_EVENTS")
    pending_limit: int = Field(default=500_000, validation_alias="DISTSYNC_PENDING_LIMIT")
    rate_limit_per_second: int = Field(default=100_000, validation_alias="DISTSYNC_RATE_LIMIT_PER_SECOND")
    help_from: int = Field(default=5_000, ge=1, validation_alias="DISTSYNC_HELP_FROM")
    email_host: str = Field(default="", validation_alias="DISTSYNC_EMAIL_HOST")
    email_port: int = Field(default=587, ge=1, le=65_535, validation_alias="DISTSYNC_EMAIL_PORT")
    email_user: str = Field(default="", validation_alias="DISTSYNC_EMAIL_USER")
    email_password: str = Field(default="", validation_alias="DISTSYNC_EMAIL_PASSWORD")
    email_security: Literal["starttls", "tls", "none"] = Field(default="starttls", validation_alias="DISTSYNC_EMAIL_SECURITY")
    email_from: str = Field(default="distsync@localhost", validation_alias="DISTSYNC_EMAIL_FROM")
    url: str = Field(default="", validation_alias="DISTSYNC_URL")
    webhooks_to_private: bool = Field(default=False, validation_alias="DISTSYNC_WEBHOOKS_TO_PRIVATE")
    log_level: str = Field(default="INFO", validation_alias="DISTSYNC_LOG_LEVEL")
    metrics_token: str = Field(default="", validation_alias="DISTSYNC_METRICS_TOKEN")
    log_format: Literal["", "json", "text"] = Field(default="", validation_alias="DISTSYNC_LOG_FORMAT")
    log_traffic: bool | None = Field(default=None, validation_alias="DISTSYNC_LOG_TRAFFIC")

    @property
    def logs_as_json(self) -> bool:
        return self.log_format == "json" or (self.production and not self.log_format)

    @property
    def logs_traffic(self) -> bool:
        """A line for each request and each batch: in production, or where it is asked for."""
        return self.production if self.log_traffic is None else self.log_traffic

    @field_validator("hosts", "origins", "secret_key_fallbacks", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic calls it by these names
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, StackFile(settings_cls)


def explain(error: ValidationError) -> str:
    """The variables that cannot be read, each with what was expected, as sentences without the values' secrets."""
    return " ".join(f"{'.'.join(map(str, flaw['loc'])).upper()} cannot be read: {flaw['msg']}." for flaw in error.errors())
