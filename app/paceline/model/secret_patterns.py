r"""How configurations write secrets: a table of patterns, read by `model/masking.py`.

A pattern fits one line in lower case. What is secret of it are its groups `d` (in double quotes), `a` (in apostrophes)
and `s` (bare). It is tried on lines that hold one of its hints. What looks like a secret and is a word of a sentence or
of a command stays: `_WORDS`. Lines of both kinds stand in `tests/unit/secrets_table.toml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

_VALUE = (
    r"""(?!"?-{4,5} ?begin)(?:"(?P<d>(?:[^"\\\r\n]|\\.)+)|'(?P<a>[^'\r\n]+)|"""
    r"""(?P<s>(?![{}\[\]|;](?:\s|$))[^\s"'](?:\S*?[^\s;,])?)(?=[;,]?(?:\s|$)))"""
)
_KIND = (
    r"(?:(?:\d{1,2}|encrypted|unencrypted|clear(?:-?text)?|plain(?:-?text)?|cipher|simple|irreversible-(?:cipher|hash)|"
    r"hash(?:ed)?|enc|ascii(?:-text)?|hex(?:adecimal)?|(?:hmac-)?(?:sha(?:-?\d+)?|md5)|scrypt|pbkdf2|bcrypt|type\s\d|"
    r"text|accept|level\s\d+)\s+(?=\S))*+"
)
"""How the value is written, before the value."""

_WORDS = (
    r"(?!(?:--|=|\*|a|address|again|age|aging|an|and|are|as|at|attempts?|authentication|based|before|by|can|cannot|chain|change[ds]?|"
    r"check(?:ing)?|command|complexity|configured|correct|database|denied|do|does|disabled|enabled|encryption|"
    r"entered|expir(?:ed?|es|y|ation)|failed|failure|file|for|from|granted|has|hash|have|history|hostname|if|in|incorrect|invalid|"
    r"is|it|key|key-?chain|keyboard-interactive|length|lifetime|local|login|manage(?:ment|r)|matche?s?|may|min-length|minimum|"
    r"mismatch|mode|must|never|no|none|not|of|ok|on|only|option|or|phrase|policy|policies|prompt|protect(?:ed|ion)|provided|"
    r"publickey|radius|recovery|required?|reset|retries|retry|rules?|server|set|set-key|should|strength|string|tacacs\+?|tacplus|"
    r"than|that|the|then|this|timeout|to|type|unset|used?|users?|valid|was|we|were|when|which|will|with|without|wrong|"
    r"you|your)(?:[\s.:,;!?)]|$))"
)
"""What follows the word `password` in sentences, commands and lists, and is none."""
_ANSWERS = (
    r"(?!(?:yes|no|none|never|not|set|unset|true|false|required|enabled?|disabled?|configured|expired|encrypted|"
    r"optional|null|undefined|hidden|present|n/a|-+)[,;]?(?:\s|$))"
)
"""What stands after `password:` where only its state is told."""

_NAMED = (
    r"(?:(?<!no)passw(?:or)?d|passphrase|secret|phash|shared-key|(?:psk|wpa-psk)(?:secret)?|(?:pre-?shared|privacy|private|secret|"
    r"server|md5|auth|api|bind|access)[-_]?(?:key|token|pwd)|(?:auth|priv)-pwd|key-(?:octet-)?string|authentication-key)"
)
"""The words after which a value stands."""
_NAMES = (
    "passw", "passphrase", "secret", "phash", "shared", "psk", "private", "privacy", "-key", "_key", "apikey", "auth-",
    "priv-pwd", "key-", "_token", "-token",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SecretPattern:
    """One way to write a secret."""

    hints: Sequence[str]
    """One of them stands in every line that it fits."""
    pattern: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when a line first has a hint: most outputs have none."""
        return re.compile(self.pattern)


def _after(hints: str | Sequence[str], before: str, value: str = _KIND + _WORDS + _VALUE) -> SecretPattern:
    return SecretPattern((hints,) if isinstance(hints, str) else hints, before + value)


_XML = (
    r"[\w.:-]*(?:passw(?:or)?d|phash|secret|passphrase|psk|community|pwd|"
    r"(?:pre-shared|private|shared|privacy|authentication|auth)-key)[\w.-]*"
)
_ALGORITHMS = r"(?:aes|3?des|rc4|arcfour|chacha|camellia|blowfish|ecdhe|dhe|tls|suite|list|null|spec|name)[\w-]*"
_TRAP_OPTIONS = (
    r"(?:\s+(?:traps|informs|(?:use-)?vrf\s+\S+|version\s+(?:1|2c)|udp-port\s+\d+|source-interface\s+\S+|"
    r"encrypted|clear|[07]))*\s+(?!(?:traps|informs|(?:use-|filter-)?vrf|version|udp-port|source-interface|auth|noauth|"
    r"priv)\b|\d+\.\d+\.)"
)
"""What stands between the host that gets traps and its community; an address is none (ASA names an interface first)."""
_GIVEN = _KIND + _VALUE
"""A value where configurations have no word but one."""

_LINE = r"^(?:\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d\.\d{3}z )?(?:[ <]*-+ ?\(?more[^a-z]*?)?"
"""The beginning of a line: in a session log behind its time, and behind the pager that it was drawn over."""

PATTERNS: tuple[SecretPattern, ...] = (
    # A line of its own, and lines that are about one user or neighbour, are configuration: every word is a value there.
    _after("password", _LINE + r"\s*(?:set\s+)?password\s+(?!policy\b)", _GIVEN + r"\s*;?\s*$"),
    _after(
        ("username", "local-user", "neighbor", "peer"),
        _LINE + r"\s*(?:username|local-user|neighbor|peer)\s.{1,200}?\s(?:password|secret)\s+",
        _GIVEN,
    ),
    _after(_NAMES, _NAMED + r"\s+"),
    _after(_NAMES, _NAMED + r"""(?:-\w+)?["']?\s*[=:]\s*""", _ANSWERS + _VALUE),
    _after("shared-key", r"pre-?shared-key\s+(?:(?:local|remote)\s+)?(?:address|hostname)\s.{1,120}?\skey\s+", _GIVEN),
    _after("pre-share", r"authentication\s+(?:local|remote)\s+pre-?shared?(?:-key)?\s+(?:key\s+)?", _GIVEN),
    _after("set-key", r"set-key\s+", _GIVEN),
    # Keys: of servers and chains. A bare number after `key` is the number of a key in a chain.
    _after("key ", r"key(?<![\w-]key)\s+(?:[05-9]|encrypted|authentication)\s+"),
    _after(("radius", "tacacs", "ldap"), r"(?:radius|tacacs|ldap)\S*\s.{0,200}?(?<![\w-])key\s+"),
    _after(("radius", "tacacs"), r"(?:radius|tacacs)-(?:server|host)\s+key\s+", _GIVEN),
    _after(" key ", _LINE + r"\s+key\s+(?!\d{1,3}\s*$)", _WORDS + _VALUE + r"\s*$"),
    _after("-- text", r"key\s+\d+\s+--\s+text\s+", _VALUE),
    _after("isakmp", r"isakmp\s+key\s+", _GIVEN),
    _after("key-string", r"key-string\s+(?:password\s+)?", _GIVEN),
    # Routing protocols, first hops, clocks.
    _after(
        "authentication-key",
        r"authentication-key\s+\d+\s+(?:type\s+)?(?:md5|sha\S*|hmac\S*|cmac\S*|aes\S*)\s+(?:value\s+)?",
        _GIVEN,
    ),
    _after("digest-key", r"message-digest-key\s+\d+\s+(?:md5|sha\S*|hmac\S*)\s+", _GIVEN),
    _after("md5 ", r"md5(?<![\w/]md5)\s+\d\s+"),
    _after(
        ("standby", "vrrp", "glbp"),
        r"\b(?:standby|vrrp|glbp)\s.{0,40}?authentication\s+(?!md5\b|mode\b|key-chain\b)(?:text\s+)?",
        _VALUE,
    ),
    _after("-mode", r"(?:authentication|privacy|priv|auth)-mode\s+\S+\s+(?:\d+\s+)?(?:cipher|plain|simple)\s+", _VALUE),
    _after("usm-user", r"usm-user\s.{1,120}?authentication-mode\s+\S+\s+(?!privacy-mode\b)", _GIVEN),
    _after("usm-user", r"usm-user\s.{1,200}?privacy-mode\s+\S+\s+", _GIVEN),
    # SNMP. `community` alone is BGP's more often than not.
    _after(
        "snmp",
        r"snmp\S*\s(?:.{0,80}?\s)?community(?:-map)?\s+(?:(?:read|write)\s+(?=\S))?"
        r"(?:(?:cipher|encrypted|clear|simple|[07])\s+(?=\S))?(?:add\s+name=)?",
    ),
    _after("community", _LINE + r"\s*community\s+", r"(?P<s>[^\s;{\"]+)(?=\s*\{\s*$)"),
    _after("community", _LINE + r" {0,4}community\s+", r"(?P<s>[^\s;{\"]+)(?=;\s*$)"),
    _after("community", _LINE + r"\s*community\s+", r'"(?P<d>[^"\r\n]+)"(?!\s+(?:members|expression)\b)'),
    _after(
        "community",
        r"""community\s?(?:name|index|string|securityname)?["']?\s*:\s*(?!\d+:\d)""",
        _ANSWERS + _VALUE,
    ),
    _after("securityname", r"securityname\s+(?:cipher\s+)?", _VALUE + r"(?=\s+v(?:1|2c)\b)"),
    _after("snmp-server host", r"snmp-server host\s+\S+" + _TRAP_OPTIONS, _VALUE),
    _after("snmp-server user", r"snmp-server user\s.{1,120}?\sauth\s+(?:md5|sha\S*)\s+", _GIVEN),
    _after(
        "snmp-server user",
        r"snmp-server user\s.{1,300}?\spriv\s+(?:(?:3?des|aes)\S*\s+)?(?:(?:128|192|256)\s+)?",
        _GIVEN,
    ),
    # What is a secret wherever it stands: hashes and ciphers by their own marks.
    SecretPattern(
        ("$",),
        r"""(?P<s>\$(?:\d{1,2}[abxy]?|[yhc]|nt|sha\d+|argon\w+|pbkdf2[^\s$]*|bcrypt[^\s$]*)\$[^\s"';,<>]{3,})""",
    ),
    SecretPattern(("%^%", "%$%", "@%@", "%@%", "%#%"), r"(?P<s>(?P<mark>%\^%#|%\$%\$|%@%@|@%@%|%#%#)\S+?(?P=mark))"),
    SecretPattern(("-aq==",), r"""(?P<s>-aq==[^\s"'<;]+)"""),
    SecretPattern(("enc ",), r"\benc\s+" + _VALUE),
    _after("cipher ", rf"cipher(?<![\w-]cipher)\s+(?!{_ALGORITHMS})"),
    _after("irreversible-cipher ", r"irreversible-cipher\s+", _VALUE),
    SecretPattern(("secret-data",), r"""\s"?(?P<s>[^\s";]+)"?;\s*##\s*secret-data"""),
    SecretPattern(("hash2", "localizedkey"), r"""(?:"(?P<d>[^"\r\n]+)"|(?P<s>[^\s"]+))\s+(?:hash2|localizedkey)\b"""),
    SecretPattern(("hash",), r'"(?P<d>[^"\r\n]+)"\s+hash\b'),
    SecretPattern(("</",), rf"<{_XML}(?:\s[^<>]*)?>(?P<s>[^<\r\n]+)</"),
    SecretPattern(("://",), r"\w://[^\s/:@]+:(?P<s>[^\s/@]+)@"),
)

BY_HINT: Mapping[str, tuple[SecretPattern, ...]] = MappingProxyType(
    {
        hint: tuple(pattern for pattern in PATTERNS if hint in pattern.hints)
        for hint in dict.fromkeys(hint for pattern in PATTERNS for hint in pattern.hints)
    }
)
HINTS = tuple(BY_HINT)
"""A line without any of them has no secret that the table knows."""
