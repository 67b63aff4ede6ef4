"""The proof of who we are, gathered before connecting, and the callbacks that hand it over once."""

import asyncio
import binascii
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import asyncssh
from asyncssh.public_key import SSHOpenSSHCertificate

from paceline.model.failure import FailureKind
from paceline.model.job import Credential
from paceline.model.secret import MissingSecretError, Secret
from paceline.session.base import LoginPrompt, SessionError
from paceline.session.dialogue import Dialogue
from paceline.session.hostkeys import Recorded
from paceline.session.knownhosts import RecordedKey
from paceline.session.proofs import is_valid, without_expired

STOPPED_ANSWERING = "has_stopped_answering"
"""The connection's extra information that is set once its keepalives have gone unanswered."""


class ProofPorts(Protocol):
    """What gathering a proof may ask for: the part of a session's ports that knows of secrets."""

    def secret(self, reference: str) -> Secret: ...

    @property
    def agent_path(self) -> str: ...


@dataclass(slots=True)
class Proof:
    """What one login may offer. Keys are this login's own: signing marks them."""

    keys: list[asyncssh.SSHKeyPair] = field(default_factory=list)
    password: Secret | None = None
    agent: asyncssh.SSHAgentClient | None = None

    async def close(self) -> None:
        """Let the agent go."""
        if self.agent is not None:
            self.agent.close()
            await self.agent.wait_closed()

    async def is_agent_gone(self) -> bool:
        """Whether there was an agent and it answers no more: then a rejection says nothing about the user."""
        if self.agent is None:
            return False
        try:
            await self.agent.get_keys()
        except (OSError, ValueError):
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Loaded:
    stamp: tuple[float, float]
    pairs: Sequence[asyncssh.SSHKeyPair]
    certificates: Sequence[SSHOpenSSHCertificate]


class KeyFiles:
    """Private keys by path, with the certificate beside them: read once, and again when a file has changed."""

    def __init__(self) -> None:
        self._loaded: dict[str, _Loaded] = {}

    def load(self, text: str) -> list[asyncssh.SSHKeyPair]:
        """The key pairs of a file, fresh for one login. Raises SessionError (credential_gone)."""
        path = Path(text).expanduser()
        certificate = path.with_name(path.name + "-cert.pub")
        try:
            stamp = (path.stat().st_mtime, certificate.stat().st_mtime if certificate.exists() else 0.0)
            if text not in self._loaded or self._loaded[text].stamp != stamp:
                beside = asyncssh.load_certificates(str(certificate)) if stamp[1] else []
                certificates = [one for one in beside if isinstance(one, SSHOpenSSHCertificate)]
                self._loaded[text] = _Loaded(stamp, asyncssh.load_keypairs(str(path)), certificates)
        except OSError as error:
            raise _gone(f"key file {text}: {error.strerror}") from error
        except asyncssh.KeyEncryptionError as error:
            raise _gone(f"key file {text} cannot be decrypted: add the key to an ssh-agent") from error
        except (asyncssh.KeyImportError, ValueError) as error:
            raise _gone(f"key file {text} holds no private key Paceline can use without a passphrase") from error
        for one in self._loaded[text].certificates:
            if not is_valid(one):
                raise _gone(f"the certificate {certificate} has expired or is not valid yet: sign in again")
        return [copy.copy(pair) for pair in self._loaded[text].pairs]

    def certificates(self, text: str) -> Sequence[SSHOpenSSHCertificate]:
        """The certificates beside a file that was loaded; none of one that was not."""
        return self._loaded[text].certificates if text in self._loaded else ()


async def gather_proof(credential: Credential, ports: ProofPorts, key_files: KeyFiles) -> Proof:
    """All that `credential` names: its key file, the agent's keys or the password, and nothing else.

    With a password configured the agent stays out: its keys would use up the device's tries. Raises SessionError
    (credential_gone), before any device has heard of the login.
    """
    proof = Proof()
    if credential.key_file:
        if credential.password == "agent":
            await _from_agent_or_file(credential.key_file, ports, key_files, proof)
        else:
            proof.keys = key_files.load(credential.key_file)
    elif credential.password == "agent":
        proof.keys = list(await _agent_keys(ports, proof, None))
        if not proof.keys:
            await proof.close()
            raise _gone("the ssh-agent holds no key: ssh-add one")
    if credential.uses_password:
        try:
            proof.password = ports.secret(credential.password)
        except MissingSecretError as error:
            wanted = f"{credential.username} ({credential.password})"
            raise _gone(f"no password at hand for {wanted}: sign in again") from error
    return proof


async def _from_agent_or_file(key_file: str, ports: ProofPorts, key_files: KeyFiles, proof: Proof) -> None:
    """One named key: from the file itself when it opens, else the agent's key of the same name alone."""
    try:
        proof.keys = key_files.load(key_file)
        return
    except SessionError as file_error:
        wanted = _public_part(key_file)
        if wanted is None:
            raise file_error from None
    proof.keys = list(await _agent_keys(ports, proof, [wanted]))
    if not proof.keys:
        await proof.close()
        raise _gone(f"the ssh-agent does not hold the key of {key_file}: ssh-add it")


def _public_part(key_file: str) -> bytes | None:
    path = Path(key_file).expanduser()
    public = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    try:
        return asyncssh.read_public_key(str(public)).public_data
    except (OSError, asyncssh.KeyImportError):
        return None


async def _agent_keys(ports: ProofPorts, proof: Proof, wanted: Sequence[bytes] | None) -> Sequence[asyncssh.SSHKeyPair]:
    if not ports.agent_path:
        raise _gone("no ssh-agent: start one, or forward yours")
    agent: asyncssh.SSHAgentClient | None = None
    try:
        agent = await asyncssh.connect_agent(ports.agent_path)
        held = list(await agent.get_keys(wanted))
    except (OSError, ValueError) as error:
        if agent is not None:
            agent.close()
        raise _gone("the ssh-agent does not answer: sign in again") from error
    keys = without_expired(held)
    if held and not keys:
        agent.close()
        raise _gone("the certificate in the ssh-agent has expired or is not valid yet: sign in again")
    proof.agent = agent
    return keys


def recorded_key(key: asyncssh.SSHKey) -> RecordedKey:
    """An offered host key as a known_hosts line has it."""
    return RecordedKey(key.get_algorithm(), binascii.b2a_base64(key.public_data, newline=False).decode())


def _gone(why: str) -> SessionError:
    return SessionError(FailureKind.CREDENTIAL_GONE, why)


class LoginClient(asyncssh.SSHClient):
    """Follows one connection: how far it came, what its host key is worth, what was asked and handed over."""

    def __init__(
        self,
        dialogue: Dialogue,
        recorded: Recorded,
        transcript: Callable[[bytes], None],
        *,
        accepts_new: bool = False,
    ) -> None:
        self.dialogue = dialogue
        self._accepts_new = accepts_new
        self._recorded = recorded
        self._transcript = transcript
        self._connection: asyncssh.SSHClientConnection
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the login has begun, or can not begin any more."""
        self.has_begun = False
        self.has_ended = False
        self.verdict: SessionError | None = None
        """What speaks against the host key."""
        self.new_key: RecordedKey | None = None
        """A host key that is trusted though nothing is recorded: to be recorded once the login has succeeded."""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """TCP stands."""
        self._connection = conn

    def begin_auth(self, username: str) -> None:
        """The key exchange is over."""
        self.has_begun = True
        self.dialogue.begin()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, whoever ended it."""
        # The count passes its maximum in one place only: where asyncssh gives up waiting. It is reset soon after.
        missed, allowed = (getattr(self._connection, f"_keepalive_count{end}", 0) for end in ("", "_max"))
        if missed > allowed:
            self._connection.set_extra_info(**{STOPPED_ANSWERING: True})
        self.has_ended = True
        self._settle()

    def _settle(self) -> None:
        if not self.begun.done():
            self.begun.set_result(None)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Trust recorded keys, and a new one where the operator said so and nothing at all is recorded."""
        self.verdict = self._recorded.judge(key.get_algorithm(), key.public_data)
        is_unknown = self.verdict is not None and self.verdict.kind is FailureKind.HOST_KEY_UNKNOWN
        if is_unknown and self._accepts_new and self._recorded.is_unknown:
            self.verdict = None
            self.new_key = recorded_key(key)
        return self.verdict is None

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Trust recorded authorities alone; the certificate itself is checked by asyncssh."""
        self.verdict = self._recorded.judge_authority(key.public_data)
        return self.verdict is None

    def bad_certificate(self) -> SessionError:
        """The failure where asyncssh refused a host certificate that a recorded authority signed."""
        return self._recorded.bad_certificate()

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """A login banner belongs to what the device says."""
        self._transcript(msg.encode("utf-8", "replace"))

    def partly_accepted(self) -> None:
        """One proof was taken, and the device wants another: a code after a key or a password."""
        self.dialogue.begin_again()

    def password_auth_requested(self) -> str | None:
        """Method `password`: once, and not after a conversation that came to nothing."""
        return self.dialogue.password_once()

    def kbdint_auth_requested(self) -> str | None:
        """Method `keyboard-interactive`: any of the device's own kinds, one conversation for each proof."""
        return "" if self.dialogue.may_begin() else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """One prompt gets the password, once; what is asked beyond that is for a person."""
        lines = tuple(LoginPrompt(text.strip(), is_shown) for text, is_shown in prompts)
        return await self.dialogue.reply(name, instructions, lines)

    def password_change_requested(self, prompt: str, lang: str) -> tuple[str, str]:
        """Never answered: a new password is set by a person."""
        self.dialogue.wants_new_password = True
        refusal: tuple[str, str] = super().password_change_requested(prompt, lang)  # type: ignore[assignment]
        return refusal
