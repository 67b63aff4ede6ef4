"""What an operator should know of a job's logins before it starts: what is gone, and what will end too early."""

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime

from paceline.model.job import Credential, JobSpec

_HOME_OF_SESSIONS = "/run/user/"
"""Where the agents of desktops and of systemd live; a forwarded one does not."""


def login_warnings(spec: JobSpec, ends_at: datetime, environment: Mapping[str, str] = os.environ) -> list[str]:
    """One sentence per proof that is gone, ends before `ends_at`, or ends with the operator's connection.

    Reads key files and asks the agent; run it on a thread where something else must go on.
    """
    distinct: dict[tuple[str, str], Credential] = {}
    for target in spec.targets:
        credential = spec.credentials[target.credential]
        if credential.key_file or credential.password == "agent":
            distinct.setdefault((credential.password, credential.key_file), credential)
    if not distinct:
        return []
    agent_path = environment.get("SSH_AUTH_SOCK", "")
    lines = asyncio.run(_look_at_all(list(distinct.values()), agent_path, ends_at))
    uses_agent = any(credential.password == "agent" for credential in distinct.values())
    if uses_agent and is_forwarded(environment):
        lines.append(
            "the ssh-agent is forwarded from where you sit: once that connection ends, logins wait until you sign in "
            "again; an agent on this host, or a key file, lasts"
        )
    return lines


def is_forwarded(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the agent came with an SSH connection, as far as the environment tells."""
    path = environment.get("SSH_AUTH_SOCK", "")
    is_own = "SSH_AGENT_PID" in environment or path.startswith(_HOME_OF_SESSIONS)
    return bool(path and environment.get("SSH_CONNECTION") and not is_own)


async def _look_at_all(credentials: list[Credential], agent_path: str, ends_at: datetime) -> list[str]:
    # The SSH library is for those alone who log in by key.
    from paceline.session.proofs import look_at

    lines: dict[str, None] = {}
    for credential in credentials:
        found = await look_at(credential, agent_path)
        who = f"logins of {credential.username}"
        if found.why_gone:
            lines[f"{who} will be held, sign in again: {found.why_gone}"] = None
        elif found.until is not None and found.until < ends_at:
            what = f"the certificate of {credential.key_file}" if credential.key_file else "the ssh-agent's certificate"
            local = found.until.astimezone()
            lines[
                f"{what} expires at {local:%a %H:%M}, before the job's end: {who} will be held then; sign in again"
            ] = None
    return list(lines)
