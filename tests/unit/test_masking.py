"""What configurations keep secret is masked by the words around it, and nothing else is touched."""

import re
import tomllib
from pathlib import Path
from textwrap import indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.model.masking import CONTEXT, LONGEST_HELD, KeyBlocks, Masker, mask_line, mask_text
from paceline.model.redaction import MASK
from paceline.model.secret_patterns import PATTERNS

TABLE: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("secrets_table.toml").read_text())
SECRET = re.compile("«(.*?)»")
KEY = """-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn
ab==
-----END RSA PRIVATE KEY-----
"""


def sent(line: str) -> str:
    """The line as a device prints it."""
    return SECRET.sub(r"\1", line)


@pytest.mark.parametrize("line", TABLE["masked"])
def test_secrets_are_masked_and_all_else_keeps_its_place(line: str) -> None:
    said = mask_line(sent(line))
    rest = [re.escape(part) for part in SECRET.split(line)[::2]]
    assert re.fullmatch(r"\*+".join(rest), said), said
    wide = mask_line(sent(line), keeps_width=True)
    assert len(wide) == len(sent(line))
    assert wide == SECRET.sub(lambda match: "*" * len(match[1]), line)
    assert mask_line(said) == said, "what is masked is no secret"


@pytest.mark.parametrize("line", TABLE["stays"])
def test_what_only_looks_like_it_stays(line: str) -> None:
    assert mask_line(line) == line


def test_every_pattern_is_needed_by_a_line_of_the_table() -> None:
    lines = [sent(line) for line in TABLE["masked"]]
    idle = [row.pattern for row in PATTERNS if not any(row.regex.search(line.lower()) for line in lines)]
    assert not idle
    deaf = [
        line
        for line in lines
        for row in PATTERNS
        if row.regex.search(line.lower()) and not any(hint in line.lower() for hint in row.hints)
    ]
    assert not deaf, "a pattern that fits a line without any of its hints is never tried"


def test_the_length_of_a_secret_is_told_only_where_something_stands_behind_it() -> None:
    assert mask_line("password hunter2") == mask_line("password hunter22") == f"password {MASK}"
    assert mask_line('secret "hunter2"; ## SECRET-DATA') == f'secret "{MASK}"; ## SECRET-DATA'
    assert mask_line("snmp-server community hunter2 RO") == "snmp-server community ******* RO"


@pytest.mark.parametrize(
    "line",
    [
        "İ PASSWORD hunter2",
        "pass\x1b[1mword hunter2",
        "password hun\x1b[0mter2",
        "pass\x08word hunter2",
        "pass\u200bword hunter2",
        " --More-- \r        \rpassword hunter2\r",
        "p\x9bassword hunter2\r\n",
    ],
)
def test_control_sequences_hide_no_secret(line: str) -> None:
    said = mask_text(f"a\n{line}")
    assert not re.search("hun|ter2", said)
    assert MASK in said


@pytest.mark.parametrize("text", [KEY, indent(KEY, "   "), KEY.replace("\n", "\r\n"), f'set private-key "{KEY}"\n'])
def test_private_keys_are_masked_line_by_line(text: str) -> None:
    said = mask_text(f"before\n{text}after\n")
    assert not re.search("MII|ab==|Proc-Type", said)
    assert said.count("\n") == text.count("\n") + 2
    assert said.startswith("before\n")
    assert said.endswith("after\n")
    assert "BEGIN RSA PRIVATE KEY" in said
    assert "END RSA PRIVATE KEY" in said


def test_a_private_key_without_an_end_does_not_swallow_the_text() -> None:
    said = mask_text(KEY.partition("ab==")[0] + "interface Gi0/0\n" * 10_000)
    assert said.endswith("interface Gi0/0\n")


PIECES = st.sampled_from([*map(sent, TABLE["masked"][::5]), *TABLE["stays"][::7], KEY, "\r", "é漢", "\x1b[2J", ""])


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=8), st.lists(st.integers(1, 40), max_size=30), st.booleans())
def test_chunks_change_nothing(lines: list[str], cuts: list[int], is_ended: bool) -> None:
    text = "\n".join(lines) + "\n" * is_ended
    data, masker, at, pieces = text.encode() + b"\xff", Masker(), 0, []
    for cut in cuts:
        pieces.append(masker.feed(data[at : at + cut]))
        at += cut
    pieces += [masker.feed(data[at:]), masker.finish()]
    said = b"".join(pieces)
    assert said[:-1].decode("utf-8", "surrogateescape") == mask_text(text + "\udcff")[:-1]
    assert said.count(b"\n") == data.count(b"\n")
    assert b"MIIEpA" not in said


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("password keyscrt7$\"'\n\r\t;{}<>=:0\x1b[é漢İ"), max_size=80))
def test_any_text_keeps_its_lines_and_what_is_masked_stays(text: str) -> None:
    said = mask_text(text)
    assert said.count("\n") == text.count("\n")
    assert len(said.splitlines()) == len(text.splitlines())


def test_a_line_that_never_ends_is_given_out_in_parts_and_hides_what_lies_across_them() -> None:
    words = b"x" * (LONGEST_HELD - CONTEXT - 14) + b" password hunter2hunter2 and more "
    masker, pieces = Masker(), []
    data = words + b"y" * CONTEXT + b" secret hunter3 z" + b"." * LONGEST_HELD + b"\nend\n"
    for at in range(0, len(data), 10_007):
        pieces.append(masker.feed(data[at : at + 10_007]))
    assert sum(map(len, pieces)) > LONGEST_HELD
    said = b"".join([*pieces, masker.finish()])
    assert b"hunter" not in said
    assert b"*" * 14 + b" and more " in said
    assert len(said) == len(data)


def test_key_blocks_are_found_across_pieces() -> None:
    data = ("a\n" + KEY + "b\n" + KEY.partition("ab==")[0]).encode()
    for size in (1, 7, 50, len(data)):
        blocks = KeyBlocks()
        for at in range(0, len(data), size):
            blocks.feed(data[at : at + size])
        spans = blocks.within(0, len(data))
        assert [data[begin:end].strip()[:9] for begin, end in spans] == [b"Proc-Type", b"Proc-Type"], size
        assert b"END" not in data[slice(*spans[0])]
        assert blocks.within(0, 2) == []
