"""How devices of further platforms talk, written down from their makers' manuals: greeting, pager, refusal, prompts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Talk:
    """What a device says: the greeting up to its first prompt, then answers from echo to prompt."""

    platform: str
    greeting: bytes
    host: str
    command: str
    answer: bytes
    output: bytes
    refused: bytes
    reason: str
    other_prompts: tuple[bytes, ...] = ()
    """Later forms of the prompt of the same device."""
    not_prompts: tuple[bytes, ...] = ()
    pager: bytes = b""
    """What stops long output, as the device draws it."""
    prepared: tuple[str, ...] = ()
    """The lines it gets before the first command."""
    drawn: bytes = b""
    """The prompt, where it is more than the greeting's last line."""

    @property
    def prompt(self) -> bytes:
        """As it stands after the greeting."""
        return self.drawn or self.greeting.rpartition(b"\n")[2]

    @property
    def nonsense(self) -> str:
        """The line that is refused."""
        return self.refused.split(b"\r")[0].decode()


SROS = b"\r\n[/]\r\nA:netops@pe-1# "
SRL = b"--{ running }--[  ]--\r\nA:netops@leaf-1# "
ROUTEROS = b"\r\n\r\r\r\r[admin@Core Router 1] >        \r[admin@Core Router 1] > "


FURTHER = [
    Talk(
        "nokia_sros",
        b"\r\nCopyright (c) 2000-2026 Nokia.\r\n" + SROS,
        "pe-1",
        "show uptime",
        b"show uptime\r\nSystem Up Time         : 21 days\r\n" + SROS,
        b"System Up Time         : 21 days\n\n",
        b"show nonsense\r\n     ^^^^^^^^\r\nMINOR: MGMT_CORE #2201: Unknown element - 'nonsense'\r\n" + SROS,
        "MINOR: MGMT_CORE #2201: Unknown element - 'nonsense'",
        (
            b'!*(ex)[/configure router "Base"]\r\nA:netops@pe-1# ',
            b"*A:pe-1>config>router# ",
            b"B:pe-1# ",
            b"*A:pe-1>config>service>vprn$ ",
        ),
        (b"pe-1# ", b"A:pe-2# "),
        b"Press any key to continue (Q to quit)",
        ("environment more false",),
        SROS,
    ),
    Talk(
        "nokia_srl",
        b"Welcome to the srlinux CLI.\r\n\x1b[?2004h--{ running }--[  ]--\r\nA:netops@leaf-1# ",
        "leaf-1",
        "show version",
        b"show version\r\n\x1b[?2004l\rHostname : leaf-1\r\n\x1b[?2004h--{ running }--[  ]--\r\nA:netops@leaf-1# ",
        b"Hostname : leaf-1\n",
        b"show nonsense\r\nParsing error: Unknown token 'nonsense'.\r\n--{ running }--[  ]--\r\nA:netops@leaf-1# ",
        "Parsing error: Unknown token 'nonsense'.",
        (b"--{ * candidate shared default }--[ network-instance default ]--\r\nA:leaf-1# ", b"A:leaf-1# "),
        (b"--{ running }--[  ]--",),
        b"--More--",
        ("environment cli-engine type basic", "environment complete-on-space false"),
        SRL,
    ),
    Talk(
        "huawei_vrp",
        b"\r\nInfo: The max number of VTY users is 21\r\n<core-sw-1>",
        "core-sw-1",
        "display clock",
        b"display clock\r\n2026-11-23 21:04:11\r\n<core-sw-1>",
        b"2026-11-23 21:04:11\n",
        b"display x\r\n                ^\r\nError: Unrecognized command found at '^' position.\r\n<core-sw-1>",
        "Error: Unrecognized command found at '^' position.",
        (
            b"[core-sw-1]",
            b"[~core-sw-1]",
            b"[*core-sw-1-GigabitEthernet0/0/1]",
            b"HRP_M<core-sw-1>",
            b"[core-sw-1-ospf-1]",
        ),
        (b"<core-sw>", b"<core-sw-10>", b"core-sw-1>"),
        b"  ---- More ----",
        ("screen-length 0 temporary",),
    ),
    Talk(
        "hp_comware",
        b"\r\n* Copyright (c) 2004-2026 H3C *\r\n\r\n<acc-sw-7>",
        "acc-sw-7",
        "display clock",
        b"display clock\r\n21:04:11 UTC Mon 11/23/2026\r\n<acc-sw-7>",
        b"21:04:11 UTC Mon 11/23/2026\n",
        b"display x\r\n          ^\r\n % Unrecognized command found at '^' position.\r\n<acc-sw-7>",
        "% Unrecognized command found at '^' position.",
        (b"[acc-sw-7]", b"[acc-sw-7-Ten-GigabitEthernet1/0/1]"),
        (b"<acc-sw-70>",),
        b"---- More ----",
        ("screen-length disable",),
    ),
    Talk(
        "mikrotik_routeros",
        b"\r\n  MikroTik RouterOS 7.16\r\n\r\n" + ROUTEROS,
        "Core Router 1",
        "/system identity print",
        b"/system identity print\r\n  name: Core Router 1" + ROUTEROS,
        b"  name: Core Router 1\n",
        b"/sytem print\r\nbad command name sytem (line 1 column 2)" + ROUTEROS,
        "bad command name sytem (line 1 column 2)",
        (
            b"[admin@Core Router 1] /ip/address> ",
            b"[admin@Core Router 1] /ip address> ",
            b"[admin@Core Router 1] <SAFE> ",
        ),
        (b"[admin@Core Router 2] > ", b"[admin@Core Router 1] > /export"),
        b"-- [Q quit|D dump|down]",
        drawn=ROUTEROS,
    ),
    Talk(
        "fortinet",
        b"\r\nfw-1 # ",
        "fw-1",
        "get system time",
        b"get system time\r\nuptime: 21 days\r\n\r\nfw-1 # ",
        b"uptime: 21 days\n\n",
        b"get nonsense\r\ncommand parse error before 'nonsense'\r\nCommand fail. Return code -61\r\n\r\nfw-1 # ",
        "command parse error before 'nonsense'",
        (b"fw-1 (global) # ", b"fw-1 (interface) # ", b"fw-1 $ "),
        (b"#config-version=FGT60F-7.4", b"fw-2 # "),
        b"--More-- ",
    ),
    Talk(
        "paloalto_panos",
        b"Number of failed attempts since last successful login: 0\r\n\r\nnetops@fw-pa(active)> ",
        "fw-pa",
        "show clock",
        b"show clock\r\n\r\nMon Nov 23 21:04:11 UTC 2026\r\n\r\nnetops@fw-pa(active)> ",
        b"\nMon Nov 23 21:04:11 UTC 2026\n\n",
        b"show nonsense\r\nInvalid syntax.\r\nnetops@fw-pa(active)> ",
        "Invalid syntax.",
        (b"[edit]\r\nnetops@fw-pa(active)# ", b"netops@fw-pa(passive)> ", b"netops@fw-pa> "),
        (b"[edit]", b"netops@fw-pb> "),
        b"lines 1-23 ",
        ("set cli scripting-mode on", "set cli terminal width 500", "set cli pager off"),
    ),
    Talk(
        "vyos",
        b"Welcome to VyOS!\r\n\x1b[?2004hnetops@r-vy:~$ ",
        "r-vy",
        "show uptime",
        b"show uptime\r\n\x1b[?2004l\rUptime: 3w\r\n\x1b[?2004hnetops@r-vy:~$ ",
        b"Uptime: 3w\n",
        b"show nonsense\r\n\x1b[?2004l\r\r\n  Invalid command: show [nonsense]\r\n\r\n\x1b[?2004hnetops@r-vy:~$ ",
        "Invalid command: show [nonsense]",
        (b"[edit]\r\nnetops@r-vy# ", b"[edit interfaces]\r\nnetops@r-vy# ", b"netops@r-vy> "),
        (b"[edit]",),
        b":",
        ("set terminal length 0", "set terminal width 511"),
    ),
    Talk(
        "cisco_asa",
        b"User netops logged in to fw-asa\r\nType help or '?' for a list of available commands\r\nfw-asa/pri/act# ",
        "fw-asa",
        "show clock",
        b"show clock\r\n21:04:11.123 UTC Mon Nov 23 2026\r\nfw-asa/pri/act# ",
        b"21:04:11.123 UTC Mon Nov 23 2026\n",
        b"show nonsense\r\n          ^\r\nERROR: % Invalid input detected at '^' marker.\r\nfw-asa/pri/act# ",
        "ERROR: % Invalid input detected at '^' marker.",
        (b"fw-asa# ", b"fw-asa> ", b"fw-asa/pri/act(config-if)# ", b"fw-asa/admin# "),
        (b"fw-asb# ",),
        b"<--- More --->",
        ("terminal pager 0",),
    ),
    Talk(
        "aruba_aoscx",
        b"Last login: 2026-11-23 20:00:00 from 192.0.2.9\r\nsw-cx# ",
        "sw-cx",
        "show clock",
        b"show clock\r\nMon Nov 23 21:04:11 UTC 2026\r\nsw-cx# ",
        b"Mon Nov 23 21:04:11 UTC 2026\n",
        b"show nonsense\r\nInvalid input: nonsense\r\nsw-cx# ",
        "Invalid input: nonsense",
        (b"sw-cx(config-if)# ", b"sw-cx> "),
        (b"sw-cy# ",),
        b"-- MORE --, next page: Space, next line: Enter, quit: q",
        ("no page",),
    ),
]
