"""Where a served model answers: which addresses may be named, and the key that goes there and nowhere else."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from recordings.errors import DeskhandError

KEY_VARIABLE = "DESKHAND_API_KEY"
KEYRING_SERVICE = "deskhand"
"""In the system's keyring the key lies under this service, with the endpoint's host as its user."""


class EndpointError(DeskhandError):
    """An address or a key that is not to be used. The message never holds what may be a secret."""

    exit_status = 2


class RemoteError(DeskhandError):
    """A server that cannot be reached, or does not do what it is asked."""


class NoAnswer(DeskhandError):
    """A server's model gave no answer that fits, however often it was asked."""


def is_endpoint(source: str) -> bool:
    """Whether a model is named by the address of a server rather than by a folder or a hub id."""
    return source.lower().startswith(("http://", "https://"))


def check_endpoint(address: str, insecure: bool = False) -> str:
    """The address without its last slash: `https://host/v1`.

    Args:
        insecure: allow plain http to other machines, too. To this machine's own addresses it is always allowed.

    Raises:
        EndpointError: there is no host in it, it holds a key or anything else that belongs elsewhere, or it is not encrypted.
    """
    import httpx2  # not before an address is named

    address = address.strip()
    try:
        if not address.isprintable():
            raise ValueError("no address holds a control character")
        httpx2.URL(address)  # what the client itself takes
        parts = urlsplit(address)
        port = parts.port
        (parts.hostname or "").encode("idna")  # what looks the host up
    except (ValueError, httpx2.InvalidURL):
        raise EndpointError("the model's address is malformed: write it as https://host:port/v1") from None
    if parts.username is not None or parts.password is not None:
        raise EndpointError(f"the model's address holds a user or a password: leave it out and set {KEY_VARIABLE}")
    if parts.query or parts.fragment:
        raise EndpointError(f"the model's address ends before ? and #: write it as https://host/v1, a key goes into {KEY_VARIABLE}")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(mark.isspace() for mark in address):
        raise EndpointError("the model's address is malformed: write it as https://host:port/v1")
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        raise EndpointError(
            f"plain http would send your screen unencrypted to {parts.hostname}: use https, "
            "or --insecure-http if you trust every machine on the way"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port is None else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, parts.path.rstrip("/"), "", "").geturl()


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def read_key(address: str) -> SecretStr | None:
    """The key for this endpoint: from the environment, or from the system's keyring where the package `keyring` is installed.

    Raises:
        EndpointError: it cannot be a key.
    """
    key = (os.environ.get(KEY_VARIABLE) or _from_keyring(urlsplit(address).hostname or "") or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise EndpointError(f"{KEY_VARIABLE} holds a space, a line break or a foreign character: copy the key again")
    return SecretStr(key)


def _from_keyring(host: str) -> str | None:
    try:
        import keyring
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(KEYRING_SERVICE, host)
    except Exception:  # noqa: BLE001 — a locked or absent keyring is no key
        return None
    return found
