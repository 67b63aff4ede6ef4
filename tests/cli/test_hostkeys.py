"""`paceline hostkeys`, and new host keys at the start of a run: on a fleet whose keys are recorded or not."""

import csv
import json

import asyncssh
import pytest
from tests.cli.desk import Desk, Done
from tests.cli.test_terminal import START, at_terminal

ALL = ("--where", "*")


@pytest.fixture
def stranger(desk: Desk) -> Desk:
    """A desk that has no key recorded yet."""
    desk.settings(host_keys={"known_hosts": []})
    return desk


def names(desk: Desk) -> list[str]:
    with desk.fleet.inventory.open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]


def port_of(desk: Desk, name: str) -> str:
    with desk.fleet.inventory.open(encoding="utf-8", newline="") as file:
        return next(row["port"] for row in csv.DictReader(file) if row["name"] == name)


def states(done: Done) -> dict[str, str]:
    return {row["device"]: row["state"] for row in map(json.loads, done.lines)}


def recorded(desk: Desk) -> list[str]:
    path = desk.state / "known_hosts"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def have_another_key(desk: Desk, name: str, marker: str = "") -> str:
    """Record another key for a device in Paceline's own file; returns its line."""
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()
    port = port_of(desk, name)
    path = desk.state / "known_hosts"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"{marker}[127.0.0.1]:{port},[{name}]:{port} {key}"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    path.chmod(0o600)
    return line


def test_a_scan_shows_all_keys_and_records_nothing(stranger: Desk) -> None:
    mark = stranger.mark()
    done = stranger("hostkeys", "scan", *ALL)
    assert done.code == 0, done.err
    fleet = names(stranger)
    assert sorted(line.split()[1] for line in done.lines if line.startswith("new ")) == sorted(fleet)
    assert all("ssh-ed25519 SHA256:" in line for line in done.lines if line.startswith("new "))
    assert f"{len(fleet)} devices: {len(fleet)} new" in done.lines
    assert f"`paceline hostkeys accept` records all {len(fleet)}" in done.lines[-1]
    assert not stranger.state.exists()
    # Key exchanges alone: no device saw a login.
    assert {entry.kind for entry in stranger.seen(mark)} == {"connection", "closed"}


def test_accepting_records_the_new_keys_and_then_a_strict_run_works(stranger: Desk) -> None:
    first, *others = names(stranger)
    done = stranger("hostkeys", "accept", "--where", f"name={first}", "--yes")
    assert (done.code, len(recorded(stranger))) == (0, 1)
    assert f"recorded the key of 1 device in {stranger.state / 'known_hosts'}" in done.lines
    done = stranger("hostkeys", "accept", *ALL, "--yes")
    assert f"10 devices: {len(others)} new, 1 same" in done.lines
    assert f"recorded the keys of {len(others)} devices in {stranger.state / 'known_hosts'}" in done.lines
    assert states(stranger("hostkeys", "scan", *ALL, "--json")) == dict.fromkeys(names(stranger), "same")
    assert "there is no new key to record" in stranger("hostkeys", "accept", *ALL, "--yes").lines
    assert stranger.run(*ALL).code == 0
    assert len(recorded(stranger)) == 10


def test_changed_and_revoked_keys_are_shown_with_their_remedy_and_never_accepted(stranger: Desk) -> None:
    changed, revoked, *others = names(stranger)
    old = have_another_key(stranger, changed)
    offered = stranger("hostkeys", "scan", "--where", f"name={revoked}", "--json")
    assert json.loads(offered.out)["fingerprint"].startswith("SHA256:")
    assert stranger("hostkeys", "accept", "--where", f"name={revoked}", "--yes").code == 0
    path = stranger.state / "known_hosts"
    text = path.read_text(encoding="utf-8").replace(f"[127.0.0.1]:{port_of(stranger, revoked)},", "@revoked ")
    path.write_text(text, encoding="utf-8")
    done = stranger("hostkeys", "accept", *ALL, "--yes")
    assert done.code == 1
    line = next(line for line in done.lines if line.startswith("changed"))
    assert changed in line
    assert line.count("SHA256:") == 2
    assert f"`paceline hostkeys remove {changed}`, then accept it alone" in line
    assert [line for line in done.lines if line.startswith("revoked") and revoked in line]
    assert f"10 devices: {len(others)} new, 1 changed, 1 revoked, never accepted together with others" in done.out
    assert old in recorded(stranger)
    assert len(recorded(stranger)) == 10
    # The remedy, as it was told.
    done = stranger("hostkeys", "remove", changed, "--yes")
    assert (done.code, done.lines[-1]) == (0, "removed this key")
    assert old not in recorded(stranger)
    assert stranger("hostkeys", "accept", "--where", f"name={changed}", "--yes").code == 0
    seen = states(stranger("hostkeys", "scan", *ALL, "--json"))
    assert seen == {**dict.fromkeys(names(stranger), "same"), revoked: "revoked"}


def test_what_is_revoked_is_not_removed(stranger: Desk) -> None:
    name = names(stranger)[0]
    line = have_another_key(stranger, name, marker="@revoked ")
    done = stranger("hostkeys", "remove", name, "--yes")
    assert done.code == 2
    assert f"has no key of '{name}'" in done.err
    assert recorded(stranger) == [line]


def test_the_list_has_names_and_fingerprints(stranger: Desk) -> None:
    assert "no keys recorded in" in stranger("hostkeys", "list").out
    assert stranger("hostkeys", "list", "--json").out == ""
    assert stranger("hostkeys", "accept", *ALL, "--yes").code == 0
    shown = stranger("hostkeys", "scan", *ALL, "--json").out.splitlines()
    fingerprints = sorted(json.loads(line)["fingerprint"] for line in shown)
    rows = [json.loads(line) for line in stranger("hostkeys", "list", "--json").lines]
    assert sorted(row["fingerprint"] for row in rows) == fingerprints
    listed = stranger("hostkeys", "list").lines
    assert len(listed) == 10
    assert all(any(f"[{name}]:" in line for line in listed) for name in names(stranger))


def test_devices_that_do_not_answer_are_named(stranger: Desk) -> None:
    lonely = stranger.root / "lonely.csv"
    lonely.write_text("name,address,port\nnobody,127.0.0.1,1\n")
    done = stranger("hostkeys", "scan", "-i", lonely, *ALL)
    assert done.code == 4
    assert "none     nobody  refused: 127.0.0.1:1 refuses the connection" in done.out
    assert "1 device: 1 without an answer (nobody)" in done.lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scan",), "Missing option '--where'"),
        (("scan", "--where", " "), "no devices are selected"),
        (("scan", "--where", "name=nobody"), "matches none of the 10 devices"),
        (("scan", "--where", "contry=DE"), "expected country"),
        (("scan", *ALL, "--connects-per-second", "0"), "expected more than 0 and at most 1000, got 0"),
        (("accept", *ALL), "there is no terminal to ask on: add --yes"),
        (("remove", "nobody"), "has no key of 'nobody'"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(stranger: Desk, arguments: tuple[str, ...], said: str) -> None:
    done = stranger.process("hostkeys", *arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_known_hosts_that_others_may_write_is_refused(stranger: Desk) -> None:
    have_another_key(stranger, names(stranger)[0])
    (stranger.state / "known_hosts").chmod(0o622)
    for arguments in (("scan", *ALL), ("accept", *ALL, "--yes"), ("list",), ("remove", names(stranger)[0], "--yes")):
        done = stranger("hostkeys", *arguments)
        assert done.code == 2
        assert "may be written by others: chmod go-w" in done.err


def test_at_a_terminal_one_question_has_the_count(stranger: Desk) -> None:
    with at_terminal(stranger, "hostkeys", "accept", *ALL) as terminal:
        terminal.sees(r"Record the keys of 10 devices\? \[y/N\]: ")
        terminal.types("n")
        assert terminal.ends() == 2
    assert not recorded(stranger)
    with at_terminal(stranger, "hostkeys", "accept", *ALL) as terminal:
        terminal.sees(r"Record the keys of 10 devices\? \[y/N\]: ")
        terminal.types("y")
        assert terminal.ends() == 0
    assert len(recorded(stranger)) == 10
    with at_terminal(stranger, "hostkeys", "remove", "127.0.0.1") as terminal:
        terminal.sees(r"Remove these 10 keys\? \[y/N\]: ")
        terminal.types("y")
        assert terminal.ends() == 0
    assert not recorded(stranger)


# -- a run --------------------------------------------------------------------------------------------------


def test_a_strict_run_says_before_its_start_how_many_will_be_refused(stranger: Desk) -> None:
    said = "10 devices have no recorded host key and will be refused: see `paceline hostkeys scan`"
    assert said in stranger("plan", stranger.preset(), *ALL).out
    plan = json.loads(stranger("plan", stranger.preset(), *ALL, "--json").out)
    assert plan["without_host_key"] == names(stranger)
    assert [line for line in plan["warnings"] if said in line]
    done = stranger.run(*ALL)
    assert said in done.err
    assert {event["failure"] for event in done.of("attempt_ended")} == {"host_key_unknown"}
    assert not recorded(stranger)


def test_a_run_that_is_told_their_number_trusts_new_keys_once(stranger: Desk) -> None:
    for number in ("9", "11", "0"):
        done = stranger.run(*ALL, "--accept-new-keys", number)
        assert done.code == 2
        assert f"--accept-new-keys {number}: there are 10 devices without a recorded host key" in done.err
        assert not stranger.state.exists()
    first = names(stranger)[0]
    have_another_key(stranger, first)
    done = stranger.run(*ALL, "--accept-new-keys", "9")
    assert "will be refused" not in done.err
    failed = {event["device"]: event["failure"] for event in done.of("attempt_ended") if event["failure"]}
    assert failed == {first: "host_key_changed"}
    assert len(recorded(stranger)) == 10
    # Nothing is asked for any more, and an old number does no harm.
    assert stranger.run("--where", f"!name={first}", "--accept-new-keys", "9").code == 0
    assert len(recorded(stranger)) == 10


def test_settings_that_accept_new_keys_still_want_one_answer_with_the_count(stranger: Desk) -> None:
    stranger.settings(host_keys={"known_hosts": [], "policy": "accept-new"})
    done = stranger.process("run", stranger.preset(), *ALL, "--yes")
    assert done.code == 2
    assert "say so with --accept-new-keys 10, there is no terminal to ask on" in done.err
    question = r"Trust the first host key that each of 10 devices without a recorded host key shows .*\? \[y/N\]: "
    with at_terminal(stranger, "run", stranger.preset(), *ALL) as terminal:
        terminal.sees("10 devices have no recorded host key; the start asks whether to trust")
        terminal.sees(START)
        terminal.types("y")
        terminal.sees(question)
        terminal.types("n")
        assert terminal.ends() == 1
    assert not recorded(stranger)
    with at_terminal(stranger, "run", stranger.preset(), *ALL, "--yes") as terminal:
        terminal.sees(question)
        terminal.types("y")
        assert terminal.ends() == 0
    assert len(recorded(stranger)) == 10
    # A frozen job has the word that was given, device by device.
    jobs = sorted((stranger.state / "jobs").glob("*/job.json"), key=lambda path: path.stat().st_mtime_ns)
    for path, is_trusted in zip((jobs[0], jobs[-1]), (False, True), strict=True):
        targets = json.loads(path.read_text())["targets"]
        assert {target["device"]["accept_new_key"] for target in targets} == {is_trusted}
