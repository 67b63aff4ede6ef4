"""A look at what logins rest on, without connecting to a device: is it there, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from paceline.session.lean import asyncssh  # isort: split

from asyncssh.public_key import CERT_TYPE_USER, SSHOpenSSHCertificate, decode_ssh_certificate

from paceline.model.job import Credential
from paceline.model.secret import MissingSecretError, Secret

_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
"""From there on a certificate is one without an end."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a credential found."""

    why_gone: str = ""
    """Why nobody can log in with it now; empty when its proof is there, as far as that can be told."""
    until: datetime | None = None
    """When its certificate expires; None without one."""


class _NoSecrets:
    """The ports of a look: an agent, and no password, because there is nothing to see of one."""

    def __init__(self, agent_path: str) -> None:
        self.agent_path = agent_path

    def secret(self, reference: str) -> Secret:
        raise MissingSecretError(reference)


async def look_at(credential: Credential, agent_path: str) -> Looked:
    """Whether agent, key file and certificate of a credential are there. Never raises for what is not."""
    from paceline.session.base import SessionError
    from paceline.session.login import KeyFiles, gather_proof

    if credential.uses_password:
        credential = credential.model_copy(update={"password": ""})
    files = KeyFiles()
    try:
        proof = await gather_proof(credential, _NoSecrets(agent_path), files)
    except SessionError as error:
        return Looked(error.message)
    try:
        certificates = [*files.certificates(credential.key_file), *certificates_of(proof.keys)]
    finally:
        await proof.close()
    ends = [end for certificate in certificates if (end := expiry(certificate)) is not None]
    return Looked(until=max(ends, default=None))


def certificates_of(keys: Iterable[asyncssh.SSHKeyPair]) -> list[SSHOpenSSHCertificate]:
    """Those certificates that an agent holds."""
    return [found for key in keys if (found := certificate_of(key)) is not None]


def certificate_of(key: asyncssh.SSHKeyPair) -> SSHOpenSSHCertificate | None:
    """The certificate that a key of an agent is; None for a plain one, and for one that cannot be read."""
    if not key.has_cert:
        return None
    try:
        found = decode_ssh_certificate(key.public_data)
    except (asyncssh.KeyImportError, ValueError):
        return None
    return found if isinstance(found, SSHOpenSSHCertificate) else None


def is_valid(certificate: SSHOpenSSHCertificate) -> bool:
    """Whether it holds for a user now."""
    try:
        certificate.validate(CERT_TYPE_USER, None)
    except ValueError:
        return False
    return True


def without_expired(keys: Iterable[asyncssh.SSHKeyPair]) -> list[asyncssh.SSHKeyPair]:
    """An agent's keys but for expired certificates and the bare keys that came with them."""
    pairs = [(key, certificate_of(key)) for key in keys]
    certificates = [certificate for _, certificate in pairs if certificate is not None]
    held = {one.key.public_data for one in certificates if is_valid(one)}
    expired = {one.key.public_data for one in certificates if not is_valid(one)} - held
    return [
        key for key, certificate in pairs
        if (is_valid(certificate) if certificate is not None else key.public_data not in expired)
    ]  # fmt: skip


def expiry(certificate: SSHOpenSSHCertificate) -> datetime | None:
    """When it ends; None for one without an end."""
    before = int(getattr(certificate, "_valid_before", _LATEST))
    return datetime.fromtimestamp(before, UTC) if before < _LATEST else None
