"""Twenty routers behind vtysh: a real prompt, a real pager, outputs longer than a page."""

import pytest
from tests.integration.daemons import Servers
from tests.integration.expectations import expect_outputs_as_told, expect_success
from tests.integration.frr import Router
from tests.integration.workspace import Workspace, fleet

pytestmark = pytest.mark.integration

COMMANDS = ["show version", "show interface brief", "show running-config"]


@pytest.fixture
def routers(workspace: Workspace, router_servers: Servers, router: Router) -> Workspace:
    workspace.write_settings(router_servers.username, router_servers.key_file, router_servers.known_hosts)
    devices = fleet(router_servers.addresses, router_servers.port, "frr", prompt_name=router.hostname)
    workspace.write_inventory(devices)
    return workspace


def test_outputs_are_what_vtysh_itself_prints(routers: Workspace, router_servers: Servers, router: Router) -> None:
    routers.write_preset(COMMANDS, pace={"batch_size": 10})
    run = routers.run()
    expect_success(run, len(router_servers.addresses), len(COMMANDS))
    expect_outputs_as_told(run, routers)
    assert {event["name_seen"] for event in run.of("logged_in")} == {router.hostname}
    answers = [router.answer(command) for command in COMMANDS]
    for number in range(1, len(router_servers.addresses) + 1):
        assert routers.outputs(f"d{number:03d}") == answers


def test_a_command_the_router_does_not_know_is_a_rejected_one(routers: Workspace, router_servers: Servers) -> None:
    routers.write_inventory(fleet(router_servers.addresses[:1], router_servers.port, "frr", prompt_name="lab-router"))
    routers.write_preset(["show nonsense", "show interface brief"])
    run = routers.run()
    assert run.exit_code == 1, run.stderr
    states = [(event["index"], event["state"]) for event in run.of("command_ended")]
    assert states == [(1, "rejected"), (2, "succeeded")]
    assert "Unknown command" in run.of("command_ended")[0]["reason"]
    assert run.of("attempt_ended")[0]["state"] == "partial"
