"""A password that dies at a random moment: no server ever counts more rejections than a job allows."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.aaa import AaaSessions, Latency, Servers
from tests.engine.harness import JOB, Outcome, make_devices, make_spec, run_job

from paceline.engine.local import LocalEngine
from paceline.model.control import Answer
from paceline.session.scripted import Script

latencies = st.builds(Latency, st.floats(0, 4), st.floats(0, 4))


@st.composite
def revoked_jobs(draw: st.DrawFn) -> tuple[Servers, Outcome, int]:
    """A job whose password dies at a random moment, at once or domain by domain; nobody answers."""
    domains = [f"a{number}" for number in range(draw(st.integers(1, 4)))]
    devices = make_devices(count := draw(st.integers(1, 40)), aaa=draw(_lists(st.sampled_from(domains), count)))
    moment = draw(st.floats(0, 40))
    each = {domain: moment + draw(st.sampled_from([0, 0, 5])) for domain in domains}
    servers = Servers(revoked_at={domain: at for domain, at in each.items() if draw(st.booleans())})
    limit = draw(st.integers(1, 4))
    spec = make_spec(
        devices,
        pace={"batch_size": draw(st.integers(0, 12)), "mode": draw(st.sampled_from(["batches", "rolling"]))},
        gates={"rejected_logins": limit, "max_unreachable": 0},
    )
    names = [device.name for device in devices]
    scripts = {name: Script(connect_s=draw(st.floats(0, 3)), command_s=draw(st.floats(0, 9))) for name in names}
    waits = {name: draw(latencies) for name in names}

    async def stop_what_asks(engine: LocalEngine) -> None:
        async for event in engine.follow(JOB):
            if event.type == "job_held":
                await engine.control(JOB, Answer(question=event.question, answer="stop"))  # type: ignore[union-attr]

    return servers, run_job(spec, sessions=AaaSessions(servers, scripts, None, waits), during=stop_what_asks), limit


def _lists(of: st.SearchStrategy[str], count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(of, min_size=count, max_size=count)


@settings(max_examples=200, deadline=None)
@given(revoked_jobs())
def test_no_server_ever_counts_more_rejections_than_allowed(found: tuple[Servers, Outcome, int]) -> None:
    servers, outcome, limit = found
    assert max(servers.rejections.values(), default=0) <= limit
    assert max(servers.most_in_flight.values(), default=0) <= limit
    assert max(servers.by_device.values(), default=0) <= 1
    failed = outcome.status.final_counts()["failed"]
    assert failed == sum(servers.rejections.values())
    if not servers.revoked_at:
        assert outcome.status.final_counts()["succeeded"] == outcome.status.total
