"""Fixtures of the integration tests: they fail, never skip, when a daemon is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.daemons import Servers, openssh, public_folder
from tests.integration.frr import Router, frr_router
from tests.integration.workspace import Workspace

LINUX_DEVICES = 50
ROUTERS = 20


@pytest.fixture(scope="session")
def daemon_folder() -> Iterator[Path]:
    with public_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def linux_servers(daemon_folder: Path) -> Iterator[Servers]:
    with openssh(daemon_folder / "linux", LINUX_DEVICES) as servers:
        yield servers


@pytest.fixture(scope="session")
def router(daemon_folder: Path) -> Iterator[Router]:
    folder = daemon_folder / "frr"
    folder.mkdir()
    with frr_router(folder) as running:
        yield running


@pytest.fixture(scope="session")
def router_servers(daemon_folder: Path, router: Router) -> Iterator[Servers]:
    with openssh(daemon_folder / "routers", ROUTERS, router.username, " ".join(router.shell)) as servers:
        yield servers


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)
