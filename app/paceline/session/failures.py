"""Why a connection or a login failed: from the exception and how far it had come, never from a text."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh
from asyncssh.constants import DISC_NO_MORE_AUTH_METHODS_AVAILABLE, DISC_PROTOCOL_ERROR, DISC_TOO_MANY_CONNECTIONS

from paceline.model.failure import FailureKind
from paceline.model.masking import mask_text
from paceline.session.algorithms import Offer, lacking, offers, words_that_allow
from paceline.session.base import SessionError
from paceline.session.login import LoginClient

_MOST_OFFERED = 6

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempted:
    """What was under way when it failed."""

    where: str
    """Address and port, as messages name them."""
    username: str
    connection: asyncssh.SSHClientConnection
    client: LoginClient
    options: asyncssh.SSHClientConnectionOptions
    keys_offered: int
    legacy: tuple[str, ...] = ()
    """Old algorithms the device is allowed already."""

    @property
    def has_version(self) -> bool:
        """Whether the device has greeted as SSH."""
        return self.connection.get_extra_info("server_version") is not None


def before_login(error: Exception | None, attempted: Attempted) -> SessionError:
    """The failure of a connection that never came to its login; `error` is None where it was simply closed."""
    where, client = attempted.where, attempted.client
    if client.verdict is not None:
        return client.verdict
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return client.bad_certificate()
    if missing := lacking(offers(attempted.connection, attempted.options)):
        return SessionError(FailureKind.ALGORITHMS, f"{where}: {_nothing_in_common(missing, attempted.legacy)}")
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return SessionError(FailureKind.ALGORITHMS, f"{where}: the key exchange failed: {error.reason}")
    if isinstance(error, asyncssh.ProtocolNotSupported):
        return SessionError(FailureKind.PROTOCOL, f"{where} speaks no SSH 2 (only the older version 1)")
    if (
        error is None
        or isinstance(error, asyncssh.ConnectionLost | OSError)
        or _code(error) == (DISC_TOO_MANY_CONNECTIONS)
    ):
        return SessionError(FailureKind.CLOSED_EARLY, f"{where} closed before the login: session limit, access list?")
    if isinstance(error, asyncssh.ProtocolError) and not attempted.has_version:
        return SessionError(FailureKind.NOT_SSH, f"{where} is not SSH: it sends something else than a greeting")
    return other(error, where)


def at_login(error: Exception | None, attempted: Attempted) -> SessionError:
    """The failure of a login. What the device may have counted as a wrong password reads as a rejection."""
    where, client, user = attempted.where, attempted.client, attempted.username
    if client.dialogue.wants_new_password:
        return SessionError(FailureKind.PASSWORD_EXPIRED, f"{where} demands a new password of {user}")
    if client.dialogue.unmet_prompts:
        asked = ", ".join(f'"{one_line(prompt)}"' for prompt in client.dialogue.unmet_prompts)
        if client.dialogue.was_asked:
            return SessionError(
                FailureKind.CODE_NEEDED, f"{where} asks {user} for more than a password ({asked}); nobody answered"
            )
        return SessionError(
            FailureKind.AUTH_REJECTED, f"{where} asks {user} for more than a password ({asked}); not answered"
        )
    if isinstance(error, asyncssh.PermissionDenied) and not attempted.connection.get_server_auth_methods():
        # Every method the device offers was tried: this one is asyncssh's own, not the device's disconnect.
        return SessionError(FailureKind.AUTH_REJECTED, f"{where} rejected {user}: {_what_was_wrong(attempted)}")
    if _code(error) in (DISC_PROTOCOL_ERROR, DISC_NO_MORE_AUTH_METHODS_AVAILABLE):
        if client.dialogue.was_password_sent and attempted.keys_offered == 0:
            return SessionError(FailureKind.AUTH_REJECTED, f"{where} rejected {user}: wrong password or locked account")
        return SessionError(
            FailureKind.AUTH_TOO_MANY, f"{where} ended the login of {user}: too many tries, too many agent keys?"
        )
    if error is None or isinstance(error, asyncssh.ConnectionLost | OSError):
        if client.dialogue.was_password_sent or client.dialogue.was_code_sent:
            return SessionError(
                FailureKind.AUTH_REJECTED, f"{where} closed after the password of {user}: rejected, or its AAA failed"
            )
        return SessionError(FailureKind.CLOSED_EARLY, f"{where} closed during the login: session limit?")
    return other(error, where)


def other(error: Exception, where: str) -> SessionError:
    """A failure no rule names: the device's own disconnect, else a bug here."""
    if isinstance(error, asyncssh.DisconnectError):
        return SessionError(
            FailureKind.PROTOCOL, f"{where}: SSH ended with code {error.code}: {one_line(error.reason)}"
        )
    _logger.error("%s: unexpected %s", where, type(error).__name__, exc_info=error)
    return SessionError(FailureKind.INTERNAL, f"{where}: a bug in Paceline ({type(error).__name__}); see the log")


def jump_lost(name: str) -> SessionError:
    """The failure of what was under way when the connection to a jump host ended."""
    return SessionError(FailureKind.JUMP_FAILED, f"jump {name}: the connection to it was lost")


def one_line(text: str, limit: int = 120) -> str:
    """A device's words as part of a message: the first line that says something, printable, cut to `limit`.

    Secrets of its configuration are masked: a message is kept, shown and exported.
    """
    for line in mask_text(text).splitlines():
        clean = "".join(sign for sign in line if sign.isprintable()).strip()
        if clean:
            return clean if len(clean) <= limit else clean[: limit - 1] + "…"
    return ""


def _code(error: Exception | None) -> int | None:
    return error.code if isinstance(error, asyncssh.DisconnectError) else None


def _what_was_wrong(attempted: Attempted) -> str:
    if attempted.client.dialogue.was_code_sent:
        return "wrong code or password, or a locked account"
    if attempted.client.dialogue.was_password_sent:
        return "wrong password or locked account"
    if attempted.keys_offered:
        return "the key is not authorised there" if attempted.keys_offered == 1 else "none of the keys is authorised"
    return "no password or key that the device takes"


def _nothing_in_common(missing: Sequence[Offer], allowed: Sequence[str]) -> str:
    """What the device offers, and which `legacy` words allow it."""
    kinds = ", ".join(
        f"{offer.kind} (the device offers {', '.join(offer.theirs[:_MOST_OFFERED])})" for offer in missing
    )
    words = words_that_allow(missing)
    if not words:
        return f"no common {kinds}; Paceline has nothing of it, legacy or not"
    whole = ";".join(dict.fromkeys((*allowed, *words)))
    return f"no common {kinds}; `legacy` = {whole} on this device allows it"
