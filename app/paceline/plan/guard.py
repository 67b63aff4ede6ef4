"""The command guard: whether a line only reads, as far as its words tell. Pure.

It is a seat belt against slips. The lock is what the device itself authorises.
"""

import re

from paceline.model.platform import Platform

_SAFE_FILTERS = (
    "as", "begin", "between", "commands", "compare", "count", "display", "egrep", "exclude", "except", "find", "grep",
    "head", "include", "json", "json-pretty", "last", "match", "no-match", "nomore", "no-more", "nz", "resolve",
    "section", "sort", "strip-private", "tail", "trim", "uniq", "wc", "xml",
)  # fmt: skip
_WRITING_FILTERS = ("append", "file", "redirect", "save", "tee")
_ENDLESS_FILTERS = ("refresh", "hold")
_DOING_FILTERS = ("email", "request", "script", "source", "utility", "vsh")
"""Filters that run scripts or write to people; like the devices' other keywords they may be shortened."""
_PROGRAMS = ("awk", "bash", "perl", "python", "python3", "sed", "sh", "xargs")
"""Programs that some platforms let a pipe end in; these have no short form."""
_ENDLESS_WORDS = ("monitor", "watch")
_FOLLOWING_WORDS = ("follow", "tailif", "unlimited")
"""Words behind the first that never end (EOS and Junos logs, XR traces, NX-OS pings); devices take short forms."""
_FOLLOWING_OPTIONS = ("-f", "--follow")
_FOLLOWERS = {"tail": "f", "journalctl": "f", "dmesg": "w"}
"""Programs that may follow a file, and the letter that makes them."""
_FILE_WORD = "to-file"
"""IOS XE writes what a `show` gives to a file without any pipe."""
_SHORTEST = 3
"""Letters from which on such a word counts as its short form."""
_COUNT = re.compile(r"(count|repeat|-c)\s*\d+")
_NUMBER = re.compile(r"(?:\b(?:c|co|cou|coun|count|r|re|rep|repe|repea|repeat) |-c ?)(\d+)")
MOST_PINGS = 1_000
_QUOTED = re.compile(r'"[^"]*"')


def check(line: str, platform: Platform) -> str | None:
    """None when `line` only reads on `platform`, else one sentence that says why it is refused."""
    if reason := unsendable(line):
        return reason
    line = " ".join(line.split())
    bare = _without_quoted(line)
    if reason := _chaining(line, bare) or _redirection(line, bare) or _endless_word(bare) or _to_file(bare):
        return reason
    resolved, reason = _resolve(line, platform)
    if reason:
        return reason
    for refusal in platform.not_reads:
        if re.fullmatch(refusal.pattern, resolved):
            return refusal.reason
    if reason := _too_many(resolved):
        return reason
    if any(re.fullmatch(pattern, resolved) for pattern in platform.reads):
        return None
    if option := next((word for word in bare.lower().split()[1:] if word in _FOLLOWING_OPTIONS), ""):
        return f"`{option}` never ends by itself"
    if reason := _uncounted(line, resolved, platform):
        return reason
    return f"`{line}` is not among what only reads on {platform.name} ({_reading_words(platform)})"


def unsendable(line: str) -> str | None:
    """Why `line` is never sent in any job: it is not one line of plain text, or asks for help. None: it may be."""
    for position, character in enumerate(line, start=1):
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            return f"character {position} ({code}) is no plain text: control characters and odd spaces are never sent"
    if not line.strip():
        return "the line is empty"
    if "?" in _without_quoted(line):
        return "`?` asks a device for help and leaves a half-typed line behind"
    return None


def endless(line: str, platform: Platform) -> str | None:
    """Why one command, without chains, never ends by itself as far as its words tell; None: it may."""
    resolved, _ = _resolve(line, platform)
    filters = (re.split(r"\s", after.strip(), maxsplit=1)[0].strip('"').lower() for after in line.split("|")[1:])
    for word in filters:
        if word and word not in _SAFE_FILTERS and (name := _short_for(word, _ENDLESS_FILTERS)):
            return f"{_is(f'| {word}', name, 'never ends')} by itself"
    words = line.lower().split()
    if words and (letter := _FOLLOWERS.get(words[0])):
        for word in words[1:]:
            if word.startswith("--follow") or re.fullmatch(rf"-[a-z0-9]*{letter}[a-z0-9]*", word):
                return f"`{words[0]} {word}` never ends by itself"
    return _endless_word(_without_quoted(line)) or _too_many(resolved) or _uncounted(line, resolved, platform)


def _uncounted(line: str, resolved: str, platform: Platform) -> str | None:
    if not resolved.startswith("ping ") or not _reads_ping(platform) or _COUNT.search(resolved):
        return None
    if any(re.fullmatch(pattern, "ping 192.0.2.1") for pattern in platform.reads):
        return None
    return f"`{line}` may never end; say how many, with the `count 5`, `repeat 5` or `-c 5` of {platform.name}"


def _without_quoted(line: str) -> str:
    """The line with text in double quotes blanked out: there these signs mean themselves.

    Not when a quote is left open or a backslash may hide one: then every sign counts.
    """
    if line.count('"') % 2 or '\\"' in line:
        return line
    return _QUOTED.sub(lambda match: '"' + " " * (len(match.group()) - 2) + '"', line)


def _chaining(line: str, bare: str) -> str | None:
    # Backquotes and $( work inside double quotes too.
    for sign in ("`", "$(", "<(", ">("):
        if sign in line:
            return f"{_named(sign)} may run another command; one line is one command"
    for sign in (";", "&"):
        if sign in bare:
            return f"{_named(sign)} chains commands; write each as a command of its own"
    return None


def _named(sign: str) -> str:
    return "a backquote" if sign == "`" else f"`{sign}`"


def _redirection(line: str, bare: str) -> str | None:
    if ">" in bare:
        return "`>` writes to a file on many platforms; inside a search pattern, put it in double quotes"
    # On some platforms quotes mean nothing, and the first pipe is one wherever it stands.
    first = line.find("|")
    if first < 0:
        return None
    if reason := _filter(line[first + 1 :], in_pattern=False):
        return reason
    for position in range(first + 1, len(bare)):
        if bare[position] == "|":
            # `| include up|down` is a pattern; `| include up | count` is another filter.
            tight = " " not in bare[position - 1 : position + 2]
            # What stands in quotes is looked at as well: a filter's name is none the less one there.
            if reason := _filter(line[position + 1 :], in_pattern=tight):
                return reason
    return None


def _filter(after: str, *, in_pattern: bool) -> str | None:
    """Why the filter after a pipe is refused; None when it only reads, or may be part of a pattern."""
    word = re.split(r"[\s|]", after.strip(), maxsplit=1)[0].strip('"').lower()
    if not word:
        return None if in_pattern else "nothing stands after `|`"
    if word in _SAFE_FILTERS:
        return None
    quotes = "; inside a search pattern, put it in double quotes" if in_pattern else ""
    if name := _short_for(word, _WRITING_FILTERS):
        return f"{_is(f'| {word}', name, 'writes')} to a file, and Paceline keeps every output anyway{quotes}"
    if name := _short_for(word, _ENDLESS_FILTERS):
        return f"{_is(f'| {word}', name, 'never ends')} by itself{quotes}"
    if word in _PROGRAMS or any(name.startswith(word) for name in _DOING_FILTERS):
        return f"`| {word}` may do more than filter{quotes or '; write one that only reads, such as `| include`'}"
    if not in_pattern and not any(name.startswith(word) for name in _SAFE_FILTERS):
        return f"`| {word}` is none of the filters that only read: {', '.join(_SAFE_FILTERS)}"
    return None


def _short_for(word: str, names: tuple[str, ...], least: int = 1) -> str:
    """The first of `names` that `word` is, or is a beginning of with at least so many letters; empty: none."""
    return next((name for name in names if name.startswith(word) and len(word) >= least), "")


def _is(shown: str, name: str, does: str) -> str:
    if shown.endswith(name):
        return f"`{shown}` {does}"
    return f"`{shown}` may be short for `{name}`, which {does}"


def _endless_word(bare: str) -> str | None:
    """Words before the first pipe that never end, whatever stands in front of them."""
    words = bare.split("|")[0].lower().split()
    if not words:
        return None
    if _short_for(words[0], _ENDLESS_WORDS, _SHORTEST):
        return f"`{words[0]}` never ends by itself; use the `show` form"
    if len(words) > 1 and words[0].startswith("tr") and _short_for(words[1], ("monitor",), 1):
        return f"`{words[1]}` never ends by itself"
    for word in words[1:]:
        if _short_for(word, _FOLLOWING_WORDS, _SHORTEST):
            return f"`{word}` never ends by itself"
    return None


def _to_file(bare: str) -> str | None:
    """A word before the first pipe that writes, whatever stands in front of it."""
    for word in bare.split("|")[0].lower().split()[1:]:
        if name := _short_for(word, (_FILE_WORD,), _SHORTEST):
            return f"{_is(word, name, 'writes')} to a file, and Paceline keeps every output anyway"
    return None


def _too_many(resolved: str) -> str | None:
    if not resolved.startswith("ping "):
        return None
    for number in _NUMBER.findall(resolved.lower()):
        if int(number) > MOST_PINGS:
            return f"`{number}` is as good as endless; {MOST_PINGS} is the most"
    return None


def _resolve(line: str, platform: Platform) -> tuple[str, str]:
    """The line with its first word written out, or why that word is none."""
    first, _, rest = line.partition(" ")
    known = platform.abbreviations
    if not known:
        return line, ""
    word = first.lower()
    if word in known:
        return f"{word} {rest}".rstrip(), ""
    beginnings = [full for full in known if full.startswith(word)]
    enough = [name for name in beginnings if word.startswith(known[name])]
    if len(enough) == 1:
        return f"{enough[0]} {rest}".rstrip(), ""
    if len(beginnings) > 1:
        return line, f"`{first}` may mean {' or '.join(f'`{name}`' for name in sorted(beginnings))}; write it out"
    if beginnings:
        name = beginnings[0]
        return line, f"`{first}` is too short for `{name}` on {platform.name}: write at least `{known[name]}`"
    return line, ""


def _reads_ping(platform: Platform) -> bool:
    return any("ping" in pattern for pattern in platform.reads)


def _reading_words(platform: Platform) -> str:
    """What reads, in short: the plain beginning of each pattern."""
    words: dict[str, None] = {}
    for pattern in platform.reads:
        pattern = pattern.removeprefix("(?i)")
        group = re.match(r"\((?:\?:)?([a-z][a-z|-]*)", pattern)
        plain = re.match(r"[a-z][a-z0-9 /_-]*", pattern)
        for word in group[1].split("|") if group else [plain.group().strip()] if plain else []:
            words[word] = None
    if not words:
        return f"no command is known to only read there: name the device's platform, or add `reads` to {platform.name}"
    shown = list(words)[:12]
    return "what does: " + ", ".join(shown) + (", …" if len(words) > len(shown) else "")
