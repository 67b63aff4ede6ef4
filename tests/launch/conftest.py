"""An operator's folders with a login that works, and a small fleet."""

from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from paceline.config.paths import Paths, find_paths

FLEET = """name,address,platform,country,site,role
deu-r1,192.0.2.1,cisco_xr,DE,ber1,p
deu-r2,192.0.2.2,cisco_xr,DE,ber1,pe
deu-r3,192.0.2.3,cisco_ios,DE,fra2,pe
fra-r1,192.0.2.4,cisco_xr,FR,par1,p
fra-r2,192.0.2.5,cisco_ios,FR,par1,pe
bra-r1,192.0.2.6,cisco_xr,BR,gru1,pe
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Settings with a key file, and `fleet.csv` beside them."""
    made = replace(find_paths(), config=tmp_path / "config", state=tmp_path / "state", cache=tmp_path / "cache")
    made.presets.mkdir(parents=True)
    key = tmp_path / "id_ed25519"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    made.settings.write_text(
        f'inventory = "fleet.csv"\n[credentials.default]\nusername = "netops"\nkey_file = "{key}"\n', encoding="utf-8"
    )
    made.settings.chmod(0o600)
    (made.config / "fleet.csv").write_text(FLEET, encoding="utf-8")
    return made
