"""How jumps are written, and what must not pass for one."""

import pytest

from paceline.model.jump import parse_jump, place_of, ways_of


@pytest.mark.parametrize(
    ("text", "hops"),
    [
        ("bastion", [("", "bastion", 22, True)]),
        ("bastion.example.net", [("", "bastion.example.net", 22, False)]),
        ("alice@bastion", [("alice", "bastion", 22, False)]),
        ("bastion:2222", [("", "bastion", 2222, False)]),
        ("ssh://alice@bastion:2222/", [("alice", "bastion", 2222, False)]),
        ("a@corp@10.0.0.1", [("a@corp", "10.0.0.1", 22, False)]),
        ("[2001:db8::1]:830", [("", "2001:db8::1", 830, False)]),
        ("2001:db8::1", [("", "2001:db8::1", 22, False)]),
        (" a , bob@b:23 ", [("", "a", 22, True), ("bob", "b", 23, False)]),
        ("none", []),
        ("", []),
    ],
)
def test_a_jump_is_read_as_openssh_reads_it(text: str, hops: list[tuple[str, str, int, bool]]) -> None:
    assert [(hop.username, hop.host, hop.port, hop.is_bare) for hop in parse_jump(text)] == hops


@pytest.mark.parametrize(
    "text",
    ["a,", "a,none", "a,a", "@host", "alice@", "host:", "host:0", "host:65536", "host:ssh", "a b", "-oProxy=x", "[::1",
     "[::1]22", "a*", "a|b", "a\tb", "alice@-x", ",".join(f"h{index}" for index in range(9))],
)  # fmt: skip
def test_what_is_no_jump_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^jump "):
        parse_jump(text)


def test_its_text_is_the_same_however_it_was_written() -> None:
    assert [hop.text for hop in parse_jump("ssh://alice@b:22,[2001:db8::1]:22,c:23")] == [
        "alice@b",
        "[2001:db8::1]",
        "c:23",
    ]


def test_places_do_not_depend_on_who_logs_in() -> None:
    assert place_of("alice@a,b:23") == place_of("bob@a,b:23") == "b:23@a"
    assert place_of("") == ""
    assert ways_of("a,b,c") == ("a", "a,b", "a,b,c")
    assert ways_of("") == ()
