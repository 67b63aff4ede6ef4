"""The command guard on the shipped platforms, line by line."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.config.platforms import load_platform
from paceline.model.platform import Platform
from paceline.plan.disruption import disrupts
from paceline.plan.guard import check

TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("guard_table.toml").read_text())
SHIPPED = Path(__file__).parents[2] / "configs" / "platforms"
PLATFORMS: dict[str, Platform] = {path.stem: load_platform(path) for path in sorted(SHIPPED.glob("*.toml"))}
READS = [(name, line) for name, lines in TABLE.items() for line in lines["reads"]]
REFUSED = [(name, line, why) for name, lines in TABLE.items() for line, why in lines["refused"]]


@pytest.mark.parametrize(("name", "line"), READS)
def test_what_only_reads_passes(name: str, line: str) -> None:
    assert check(line, PLATFORMS[name]) is None


@pytest.mark.parametrize(("name", "line", "why"), REFUSED)
def test_what_only_looks_as_if_is_refused_with_its_reason(name: str, line: str, why: str) -> None:
    said = check(line, PLATFORMS[name])
    assert said is not None, "it passes"
    assert why in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in TABLE.items() for line in lines["disrupts"]]
)
def test_what_takes_a_device_down_is_known_in_its_short_forms_and_never_reads(name: str, line: str) -> None:
    assert disrupts(line, PLATFORMS[name]) is not None
    assert check(line, PLATFORMS[name]) is not None


@pytest.mark.parametrize(
    ("name", "line"),
    [(name, line) for name, lines in TABLE.items() for line in (*lines["only_changes"], *lines["reads"])],
)
def test_what_only_changes_or_reads_takes_no_device_down(name: str, line: str) -> None:
    assert disrupts(line, PLATFORMS[name]) is None


def test_every_shipped_platform_stands_in_the_table_and_the_table_is_as_long_as_promised() -> None:
    assert TABLE.keys() == PLATFORMS.keys()
    assert len(READS) + len(REFUSED) >= 200
    assert min(len(lines["refused"]) for lines in TABLE.values()) >= 10


@pytest.mark.parametrize(("name", "line"), READS)
def test_nothing_that_reads_can_be_made_to_write_or_chain(name: str, line: str) -> None:
    platform = PLATFORMS[name]
    for sign in (";", "&", "&&", "`x`", "$(x)", ">", ">>", "\n", "\r", "<(x)"):
        assert check(f"{line} {sign} reload", platform) is not None, sign
        assert check(f"{line}{sign}reload", platform) is not None, sign
    for word in ("append", "file", "redirect", "save", "tee", "refresh", "request", "script", "email"):
        for length in range(1, len(word) + 1):
            for pipe in ("| ", "|", " |", " | ", " | no-more | "):
                assert check(f"{line}{pipe}{word[:length]} x", platform) is not None, word[:length]


@given(st.sampled_from(sorted(PLATFORMS)), st.text(st.sampled_from("shorelad vtcmw|>;&`$(\"'\\?-0"), max_size=40))
def test_no_line_passes_with_a_sign_that_a_shell_obeys(name: str, rest: str) -> None:
    for line in (rest, f"show {rest}", f"ping {rest} count 5", f"echo {rest}"):
        if check(line, PLATFORMS[name]) is None:
            bare = "".join(part for number, part in enumerate(line.split('"')) if number % 2 == 0)
            assert not set(bare) & set(";&>`?\n")
            assert "`" not in line
            assert "$(" not in line
