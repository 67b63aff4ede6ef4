"""A place for the screens' tests: folders of their own, a fixed clock, zone and locale, a scripted engine."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.simulated import inventory
from tests.ui.recording import Recording, make_spec, network, record
from tests.ui.scripted_engine import ScriptedEngine
from tests.virtual_loop import EPOCH

from paceline.config.paths import Paths, find_paths
from paceline.config.settings import load_settings
from paceline.config.themes import load_themes
from paceline.engine.contract import Engine
from paceline.model.audit import AuditEntry
from paceline.model.job import JobSpec
from paceline.plan.durations import expect
from paceline.store.kinds import StoreError
from paceline.ui.app import PacelineApp
from paceline.ui.ports import Opening, Surroundings

SETTINGS = 'inventory = "fleet.csv"\n[credentials.default]\nusername = "netops"\nkey_file = "{key}"\n'


@dataclass
class Desk:
    """One operator's folders with a fleet of sixty simulated devices, and the application on them."""

    paths: Paths
    clock: datetime = EPOCH
    """What the screens take for now. Set it before the app draws."""
    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    noted: list[AuditEntry] = field(default_factory=list)
    """What the screens added to the audit log."""
    audit_problem: str = ""
    """Why nothing can be added to it."""
    opening: Opening = field(default_factory=lambda: Opening("health-check", where="*"))

    @property
    def inventory(self) -> Path:
        """The fleet's inventory."""
        return self.paths.config / "fleet.csv"

    def spec(self, preset: str = "health-check", **changes: Any) -> JobSpec:
        """A frozen job on the fleet; see `make_spec`."""
        return make_spec(self.paths, self.inventory, preset, **changes)

    def record(self, spec: JobSpec | None = None, **actions: Any) -> Recording:
        """Run a job in virtual time."""
        return record(spec or self.spec(), **actions)

    def set(self, toml: str) -> None:
        """Add lines to the settings file."""
        with self.paths.settings.open("a", encoding="utf-8") as file:
            file.write(toml + "\n")

    def app(self, *recordings: Recording) -> PacelineApp:
        """The application; with recordings its engine has them, nothing played yet."""
        if recordings:
            self.engine = ScriptedEngine(*recordings)
        themes = load_themes(self.paths)
        return PacelineApp(
            Surroundings(
                paths=self.paths,
                settings=load_settings(self.paths),
                themes=themes,
                now=lambda: self.clock,
                library=self.engine,
                open_engine=self._open,
                expect=expect,
                note=self._note,
                operator="alice@jump01",
                opening=self.opening,
                notices=tuple(str(problem) for problem in themes.problems),
            )
        )

    async def _open(self) -> Engine:
        return self.engine

    def _note(self, entry: AuditEntry) -> None:
        if self.audit_problem:
            raise StoreError(self.audit_problem)
        self.noted.append(entry)


@pytest.fixture(autouse=True)
def fixed_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """UTC, a UTF-8 locale, no colour variables, a home of its own."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_ANIMATIONS", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Folders with settings, key and inventory of the simulated fleet."""
    return make_desk(tmp_path)


def make_desk(home: Path) -> Desk:
    """The same in a folder of the caller's."""
    paths = replace(find_paths(), config=home / "config", state=home / "state", cache=home / "cache")
    paths.config.mkdir()
    key = home / "id_ed25519"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    paths.settings.write_text(SETTINGS.format(key=key), encoding="utf-8")
    paths.settings.chmod(0o600)
    made = Desk(paths)
    made.inventory.write_text(inventory(network()), encoding="utf-8")
    return made
