"""Hosts that would end a service say so in their files."""

import resource
from pathlib import Path

import pytest

from paceline.service.survival import Places, threats


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "etc", tmp_path / "linger", tmp_path / "mounts")
    (made.etc / "logind.conf.d").mkdir(parents=True)
    made.linger.mkdir()
    made.mounts.write_text("disk / ext4 rw 0 0\nserver:/srv /srv nfs4 rw 0 0\ndisk /srv/local ext4 rw 0 0\n")
    return made


def test_a_host_without_such_files_threatens_nothing(tmp_path: Path) -> None:
    assert threats(tmp_path, Places(tmp_path / "a", tmp_path / "b", tmp_path / "c"), "alice") == []


@pytest.mark.parametrize(
    ("main", "more", "lingers", "is_threat"),
    [
        ("[Login]\nKillUserProcesses=yes\n", "", False, True),
        ("[Login]\nKillUserProcesses=yes\n", "", True, False),
        ("[Login]\n#KillUserProcesses=yes\n", "", False, False),
        ("[Login]\nKillUserProcesses=no\n", "[Login]\nKillUserProcesses = True\n", False, True),
        ("[Login]\nKillUserProcesses=yes\n", "[Login]\nKillUserProcesses=no\n", False, False),
    ],
)
def test_logind_that_kills_is_a_threat_without_lingering(
    places: Places, main: str, more: str, lingers: bool, is_threat: bool
) -> None:
    (places.etc / "logind.conf").write_text(main)
    (places.etc / "logind.conf.d" / "10-site.conf").write_text(more)
    if lingers:
        (places.linger / "alice").touch()
    assert ["enable-linger" in threat for threat in threats(Path("/var/x"), places, "alice")] == [True] * is_threat


def test_a_network_file_system_is_named_where_it_is_the_deepest_mount(places: Places) -> None:
    assert "is on nfs4" in threats(Path("/srv/alice/state"), places, "alice")[0]
    assert threats(Path("/srv/local/state"), places, "alice") == []


def test_few_open_files_are_told_with_what_is_allowed(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, 4096))
    assert "ulimit -n 4096" in threats(Path("/var/x"), places, "alice")[0]
