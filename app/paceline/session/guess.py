"""A guess at the platform of a device whose inventory names none: by its SSH server, its greeting, its first prompt.

Only what is peculiar to a platform counts: `host#`, `<host>` and `user@host>` are spoken by several, and are no guess.
The forms are those of the shipped platforms' prompts; what servers call themselves is how the vendors' own SSH servers
do it.
"""

import re

_SERVERS = (
    (r"ROSSSH", "mikrotik_routeros"),
    (r"HUAWEI", "huawei_vrp"),
    (r"Comware", "hp_comware"),
    (r"FortiSSH", "fortinet"),
    (r"Cisco-2\.", "cisco_xr"),
)
_GREETINGS = (
    (r"\bJUNOS\b", "juniper_junos"),
    (r"\b(MikroTik|RouterOS)\b", "mikrotik_routeros"),
    (r"\bVyOS\b", "vyos"),
    (r"\bTiMOS-", "nokia_sros"),
    (r"\bSR Linux\b|\bsrlinux\b|--\{ .*\}--\[", "nokia_srl"),
    (r"\b(NX-OS|Nexus Operating System)\b", "cisco_nxos"),
    (r"\bthis is FRRouting\b", "frr"),
    (r"\bBIRD \d+\.\d+\S* ready\b", "bird"),
    (r"\bComware\b", "hp_comware"),
)
_PROMPTS = (
    (r"RP/\d+/\w+/CPU\d+:\S+[#>]", "cisco_xr"),
    (r"\*?[AB]:\S+#", "nokia_sros"),
    (r"\[[^@\s\]]+@[^\]]+\] (/\S+ )?>", "mikrotik_routeros"),
    (r"\S+@\S+:(~|/)\S*[$#]", "linux"),
    (r"bird>", "bird"),
    (r"\S+ (\([\w-]+\) )?\(global\) [#$]", "fortinet"),
    (r"[\w.-]+@[\w.-]+\(active\)[>#]", "paloalto_panos"),
)


def guess_platform(server: str, greeting: str, prompt: str) -> str:
    """A platform's name; empty where nothing is peculiar enough.

    `server` is the version its SSH server tells (`SSH-2.0-ROSSSH`), `greeting` what came before the first prompt.
    """
    # A greeting may quote anything, a banner most of all: what the server says of itself comes first.
    for pattern, name in _SERVERS:
        if re.search(pattern, server):
            return name
    for pattern, name in _GREETINGS:
        if re.search(pattern, greeting):
            return name
    shown = prompt.strip()
    return next((name for pattern, name in _PROMPTS if re.fullmatch(pattern, shown)), "")
