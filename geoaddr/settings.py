"""Every setting, with its comment and its default, in this one place.

Read from ``GEOADDR_*`` environment variables and, below them, an optional ``geoaddr.toml`` in the working folder
(or the file named by ``GEOADDR_CONFIG``).
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from geoaddr.errors import UsageError


class Settings(BaseSettings):
    """The settings of one running geoaddr, typed; unknown names in the file are refused."""

    model_config = SettingsConfigDict(env_prefix="GEOADDR_", extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///var/geoaddr.sqlite", description="Where the register lives: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Public address of this service; printed into every plate QR, so choose it once."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and plate QR codes. Empty: a random one is made and kept in MEDIA_DIR/keys/."
    )
    data_key: SecretStr = Field(
        SecretStr(""), description="Encrypts person data at rest (URL-safe base64 of 32 bytes). Empty: made and kept in MEDIA_DIR/keys/."
    )
    media_dir: Path = Field(Path("var/media"), description="Folder of photos, attachments and, where not set above, the keys.")
    index_dir: Path = Field(Path("var/index"), description="Folder of the matching index; rebuilt from the register at any time.")
    parse_weights: Path | None = Field(
        None, description="Parser weights written by ``geoaddr train``, used for parsing and matching; empty: the shipped ones."
    )
    rules_dir: Path | None = Field(
        None, description="Folder of the office's own naming rules: a file there replaces the shipped one of its name; empty: none."
    )
    district_code: str = Field("330213", description="Six-digit code of the district this service governs; 330213 is 宁波市奉化区.")
    tile_url: str = Field("", description="XYZ template of background map tiles; empty: plain background, nothing fetched from outside.")
    map_crs: str = Field("EPSG:3857", description="Projection of the tiles: EPSG:3857 or EPSG:4490.")
    language: str = Field("zh", description="Language of pages before anybody chooses: zh or en.")
    font_path: str = Field(
        "", description="TrueType font for papers and plates whose characters the shipped font lacks; empty: the shipped font."
    )
    max_upload_mb: int = Field(200, ge=1, le=2000, description="Largest file taken by imports and jobs, in MiB.")
    session_minutes: int = Field(60, ge=5, le=1440, description="Minutes without a request after which a signed-in person is asked again.")
    login_attempts: int = Field(5, ge=2, le=50, description="Failed sign-ins in a row that lock an account.")
    lockout_minutes: int = Field(15, ge=1, le=1440, description="Minutes an account stays locked.")
    rate_limit: str = Field("600 per minute", description="Requests one address or API key may make.")
    login_rate_limit: str = Field("10 per minute", description="Sign-in attempts one network address may make.")
    rate_limit_store: str = Field("memory://", description="Where request counts live; redis://… when several processes serve.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front of this service whose X-Forwarded-* headers are believed; 0: none."
    )
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only; set to true wherever BASE_URL is https.")
    confirm_max_accuracy_m: float = Field(
        20.0, gt=0, description="Largest position uncertainty, in metres, accepted for a plate confirmation."
    )
    confirm_max_distance_m: float = Field(
        30.0, gt=0, description="Largest distance, in metres, between a confirmation and the registered door."
    )
    log_level: str = Field("INFO", description="Lowest level of log lines written: DEBUG, INFO, WARNING or ERROR.")
    worker_lease_seconds: int = Field(60, ge=5, le=3600, description="Seconds after which a job of a dead worker may be taken by another.")
    today: date | None = Field(
        None, description="Only with DEMO: the day the clocks of procedures take for today, to show lateness; empty: the real one."
    )
    demo: bool = Field(False, description="True only for the sample district: shows the sample banner and the demo accounts.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file below the environment; a file that was named must be there, and any must be readable."""
        named = os.environ.get("GEOADDR_CONFIG", "")
        path = Path(named or "geoaddr.toml")
        if named and not path.is_file():
            raise UsageError(f"GEOADDR_CONFIG 指的设置文件 {path} 不存在")
        try:
            toml = TomlConfigSettingsSource(settings_cls, toml_file=path)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UsageError(f"设置文件 {path} 读不懂：{error}") from error
        return init_settings, env_settings, toml
