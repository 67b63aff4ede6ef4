"""Jobs whose devices are behind scripted jump hosts."""

from collections.abc import Sequence
from typing import Any

from tests.engine.harness import make_spec

from paceline.model.device import Device
from paceline.model.job import Credential, JobSpec, JumpHost, Target


def behind(count: int, jump: str = "bastion", first: int = 1) -> list[Device]:
    """Devices behind a jump."""
    return [Device(name=f"j{index}", address=f"198.51.100.{index}", jump=jump) for index in range(first, first + count)]


def jumping(devices: Sequence[Device], *, password: str = "", user: str = "alice", **extra: Any) -> JobSpec:
    """A job whose jump hosts, all that its devices name, are logged in to as alice."""
    spec = make_spec([device.model_copy(update={"jump": ""}) for device in devices], **extra)
    names = dict.fromkeys(hop for device in devices for hop in device.jump.split(",") if hop)
    login = Credential(username=user, password=password, key_file="" if password else "key")
    return JobSpec.model_validate(
        spec.model_dump()
        | {
            "credentials": {"default": spec.credentials["default"]} | {f"jump {name}": login for name in names},
            "targets": tuple(Target(device=device) for device in devices),
            "jumps": {name: JumpHost(host=f"{name}.example.net", credential=f"jump {name}") for name in names},
        }
    )
