"""The settings of a deployment, from environment variables; `README` shows them as one table."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from data.clock import DEFAULT_ZONE

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - where a server may listen, but nobody's name

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class BadSetting(ValueError):  # noqa: N818 - read aloud it is a sentence
    """A setting that cannot be understood; its text says which, what was expected and what was found."""


@dataclass(frozen=True)
class Tiles:
    """A tile basemap: its address with {z}, {x}, {y}, its attribution and its map approval (审图号)."""

    url: str
    attribution: str
    approval: str


@dataclass(frozen=True)
class Digest:
    """Where the daily digest goes: files in the data folder, or a mail relay."""

    relay: str = ""  # smtp://host:25 or smtps://user:password@host:465; empty: files
    sender: str = ""
    domain: str = ""  # a user's address is the user name at this domain


@dataclass(frozen=True)
class Settings:
    """How this deployment runs."""

    database_url: str
    data: Path  # the folder for the database, uploads, the secret key
    host: str = "127.0.0.1"
    port: int = 8050
    zone: str = DEFAULT_ZONE
    workers: int = 0  # 0: one a core
    hosts: tuple[str, ...] = ()  # names under which browsers may ask, besides this machine's own
    proxies: int = 0  # how many reverse proxies stand before the server: whose address is believed
    session_hours: int = 12  # after which a login ends, however busy
    tiles: Tiles | None = None
    map_app: str | None = None  # amap, baidu: a link to it beside the phone's own map app
    digest: Digest | None = None
    insecure_cookies: bool = False  # for intranets without TLS, on by intent
    secret_key: str = ""  # empty: the one kept in the data folder
    own_database: bool = True  # nobody named one: an empty one may get the demo city

    @property
    def address(self) -> str:
        """Where the server listens, as addresses write it: ``127.0.0.1:8050``, ``[::1]:8050``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def names(self) -> frozenset[str]:
        """The host names and addresses under which browsers may ask for us, without ports."""
        return (LOOPBACK | {self.host.lower()} | set(self.hosts)) - ANYWHERE

    @property
    def opened_by(self) -> str | None:
        """The setting that lets others than this machine in, with what was found; None: nothing does."""
        if self.host not in LOOPBACK:
            return f"GRIDWARD_HOST: found {self.host!r}"
        if self.hosts:
            return f"GRIDWARD_HOSTS: found {','.join(self.hosts)!r}"
        # what listens on this machine alone is on the network all the same when a proxy hands it on
        return f"GRIDWARD_PROXIES: found {self.proxies}" if self.proxies else None

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files."""
        return self.data / "uploads"

    def secret(self) -> str:
        """Return the key that signs sessions; made once and kept readable by this account alone."""
        if self.secret_key:
            return self.secret_key
        path = self.data / "secret_key"
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            # several workers may start at once: only one of them makes the file
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _kept(path)
        with os.fdopen(file, "w") as out:
            out.write(secrets.token_hex(32))
        return _kept(path)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings of this process.

        Raises
        ------
        BadSetting
            In one sentence, for the first that cannot be understood.
        """
        env = os.environ if env is None else env
        data = Path(env.get("GRIDWARD_DATA") or "var").absolute()
        secret_key = env.get("GRIDWARD_SECRET_KEY", "")
        if secret_key and len(secret_key) < 32:
            raise BadSetting(
                f"GRIDWARD_SECRET_KEY: expected at least 32 characters, found {len(secret_key)}; "
                "leave it out to have one made, or use 64 random hexadecimal digits."
            )
        return cls(
            database_url=_database(env.get("GRIDWARD_DATABASE_URL") or f"sqlite:///{data / 'gridward.db'}"),
            data=data,
            host=env.get("GRIDWARD_HOST") or "127.0.0.1",
            port=_integer(env, "GRIDWARD_PORT", 8050, 1, 65535),
            zone=_zone(env.get("GRIDWARD_TIME_ZONE") or DEFAULT_ZONE),
            workers=_integer(env, "GRIDWARD_WORKERS", 0, 0, 64),
            hosts=_hosts(env.get("GRIDWARD_HOSTS", "")),
            proxies=_integer(env, "GRIDWARD_PROXIES", 0, 0, 5),
            session_hours=_integer(env, "GRIDWARD_SESSION_HOURS", 12, 1, 168),
            tiles=_tiles(env),
            map_app=_map_app(env.get("GRIDWARD_MAP_APP", "")),
            digest=_digest(env),
            insecure_cookies=_switch(env, "GRIDWARD_INSECURE_COOKIES"),
            secret_key=secret_key,
            own_database=not env.get("GRIDWARD_DATABASE_URL"),
        )


def _kept(path: Path) -> str:
    key = path.read_text().strip()
    if len(key) < 32:
        raise BadSetting(
            f"{path}: expected a key of at least 32 characters; delete the file to make another."
        )
    return key


def _database(url: str) -> str:
    try:
        name = sa.make_url(url).get_backend_name()
    except sa.exc.ArgumentError:
        name = ""
    if name not in ("sqlite", "postgresql"):
        raise BadSetting(
            "GRIDWARD_DATABASE_URL: expected sqlite:///path/to/file or postgresql://user@host/name, "
            f"found {url.split('@')[-1]!r}."
        )
    return url


def _integer(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    found = env.get(name, "").strip()
    if not found:
        return default
    if not found.isascii() or not found.isdigit() or not least <= int(found) <= most:
        raise BadSetting(f"{name}: expected a whole number from {least} to {most}, found {found!r}.")
    return int(found)


def _hosts(found: str) -> tuple[str, ...]:
    names = [name.strip().strip("[]").lower() for name in found.split(",") if name.strip()]
    return tuple(_host(name) for name in names)


def _host(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    try:
        ascii_name = name.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    if not _HOST.fullmatch(ascii_name):
        raise BadSetting(
            "GRIDWARD_HOSTS: expected names such as gridward.example.cn or addresses, separated by commas, "
            f"without port or path, found {name!r}."
        )
    return ascii_name


def _switch(env: Mapping[str, str], name: str) -> bool:
    found = env.get(name, "").strip().lower()
    if found in ("", "0", "false", "no"):
        return False
    if found in ("1", "true", "yes"):
        return True
    raise BadSetting(f"{name}: expected 1 or 0, found {found!r}.")


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSetting(
            f"GRIDWARD_TIME_ZONE: expected a name such as Asia/Shanghai, found {name!r}."
        ) from None


def _tiles(env: Mapping[str, str]) -> Tiles | None:
    url = env.get("GRIDWARD_TILES_URL", "").strip()
    if not url:
        return None
    if not url.startswith(("https://", "http://", "/")) or any(
        part not in url for part in ("{z}", "{x}", "{y}")
    ):
        raise BadSetting(
            f"GRIDWARD_TILES_URL: expected an address with {{z}}, {{x}} and {{y}} in it, found {url!r}."
        )
    attribution = env.get("GRIDWARD_TILES_ATTRIBUTION", "").strip()
    approval = env.get("GRIDWARD_TILES_APPROVAL", "").strip()
    for name, value in (("GRIDWARD_TILES_ATTRIBUTION", attribution), ("GRIDWARD_TILES_APPROVAL", approval)):
        if not value:
            raise BadSetting(
                f"{name}: expected the map's source and approval number (审图号), found nothing."
            )
    return Tiles(url, attribution, approval)


def _map_app(found: str) -> str | None:
    name = found.strip().lower()
    if name not in ("", "amap", "baidu"):
        raise BadSetting(f"GRIDWARD_MAP_APP: expected amap, baidu or nothing, found {found!r}.")
    return name or None


def _digest(env: Mapping[str, str]) -> Digest | None:
    wanted = env.get("GRIDWARD_DIGEST", "").strip()
    if wanted.lower() in ("", "off", "0"):
        return None
    if wanted.lower() == "file":
        return Digest()
    address = urlsplit(wanted)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise BadSetting("GRIDWARD_DIGEST: expected off, file, or smtp://host:port, found something else.")
    sender = env.get("GRIDWARD_DIGEST_FROM", "").strip()
    domain = env.get("GRIDWARD_DIGEST_DOMAIN", "").strip()
    if "@" not in sender:
        raise BadSetting(f"GRIDWARD_DIGEST_FROM: expected the sender's mail address, found {sender!r}.")
    if not _HOST.fullmatch(domain):
        raise BadSetting(
            f"GRIDWARD_DIGEST_DOMAIN: expected the domain of the users' mail addresses, found {domain!r}."
        )
    return Digest(wanted, sender, domain)
