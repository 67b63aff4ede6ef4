"""Which devices are shown, and in which order."""

import pytest
from tests.engine.harness import make_devices, make_spec
from tests.virtual_loop import EPOCH

from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.states import CommandState, DeviceState
from paceline.model.status import JobStatus
from paceline.ui.reasons import WORDS, count_reasons
from paceline.ui.widgets.device_order import ORDERS, DeviceFilter, DeviceOrder

COUNTRIES = ["DE", "DE", "FR", "FR", "BR", "BR", "BR", "ES"]


class Story:
    """A status that is told events by their fields."""

    def __init__(self) -> None:
        self.status = JobStatus()
        spec = make_spec(make_devices(8, country=COUNTRIES), commands=["show version", "show clock"])
        self.tell(ev.JobCreated, spec=spec)

    def tell(self, kind: type, **fields: object) -> None:
        """One more event."""
        self.status.apply(kind(seq=self.status.seq + 1, at=EPOCH, job="j", **fields))

    def begin(self, *names: str) -> None:
        """Devices connect and send their first command."""
        for name in names:
            who = self.who(name)
            self.tell(ev.AttemptStarted, batch=1, **who)
            self.tell(ev.LoggedIn, **who)
            self.tell(ev.CommandSent, command="show version", index=1, **who)

    def end(self, name: str, state: DeviceState, failure: FailureKind | None = None, **more: object) -> None:
        """A device's attempt ends."""
        self.tell(ev.AttemptEnded, state=state, failure=failure, **self.who(name), **more)

    def who(self, name: str) -> dict[str, object]:
        """What every event of a device has."""
        return {"device": name, "country": self.status.devices[name].country, "attempt": 1}


@pytest.fixture
def story() -> Story:
    """d1 failed, d3 unreachable, d4 partial; d5, d6 run; d7 waits to be tried again; d2 is well, d8 is open."""
    made = Story()
    made.begin("d5", "d1", "d2", "d3", "d4", "d6", "d7")
    made.end("d1", DeviceState.FAILED, FailureKind.AUTH_REJECTED, message="192.0.2.1:22 rejected netops")
    made.end("d2", DeviceState.SUCCEEDED)
    made.end("d3", DeviceState.UNREACHABLE, FailureKind.CONNECT_TIMEOUT)
    made.end("d4", DeviceState.PARTIAL, FailureKind.COMMAND_REJECTED)
    made.end("d7", DeviceState.UNREACHABLE, FailureKind.CONNECT_TIMEOUT, retry_at=EPOCH)
    return made


def order_of(story: Story, **changes: object) -> DeviceOrder:
    """An order that was just made."""
    order = DeviceOrder(story.status)
    for name, value in changes.items():
        setattr(order, name, value)
    order.rebuild()
    return order


def test_trouble_comes_first_then_what_runs_then_what_is_open(story: Story) -> None:
    assert order_of(story).names == ["d1", "d3", "d4", "d5", "d6", "d7", "d8", "d2"]


def test_what_runs_stands_on_top_the_oldest_first_and_only_what_is_shown(story: Story) -> None:
    assert order_of(story).on_top(5) == ["d5", "d6"]
    assert order_of(story).on_top(1) == ["d5"]
    assert order_of(story, shown_by=DeviceFilter(country="DE")).on_top(5) == []
    assert order_of(story, by="device").on_top(5) == []


@pytest.mark.parametrize("by", ORDERS)
def test_every_order_is_total_and_turns_round(story: Story, by: str) -> None:
    straight, turned = order_of(story, by=by), order_of(story, by=by, is_reversed=True)
    assert sorted(straight.names) == sorted(story.status.devices)
    assert turned.names == straight.names[::-1]


def test_an_update_gives_what_a_rebuild_would(story: Story) -> None:
    order = order_of(story)
    assert not order.update(["d1", "d8"])
    story.end("d5", DeviceState.FAILED, FailureKind.LOST)
    story.begin("d8")
    assert order.update(["d5", "d8"])
    assert order.names == order_of(story).names == ["d1", "d5", "d3", "d4", "d6", "d8", "d7", "d2"]


def test_an_update_lets_devices_into_a_filter_and_out_of_it(story: Story) -> None:
    order = order_of(story, shown_by=DeviceFilter(is_trouble=True))
    assert order.names == ["d1", "d3", "d4", "d7"]
    story.begin("d7")
    story.end("d6", DeviceState.UNKNOWN)
    assert order.update(["d6", "d7"])
    assert order.names == ["d1", "d3", "d4", "d6"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["d1", "d3", "d4", "d5", "d6", "d7", "d8", "d2"]),
        ("d1", ["d1"]),
        ("REJECTED netops", ["d1"]),
        ("version", ["d1", "d3", "d4", "d5", "d6", "d7", "d2"]),
        ("state=failed,partial", ["d1", "d4"]),
        ("country=br", ["d5", "d6", "d7"]),
        ("reason=connect_timeout", ["d3", "d7"]),
        ("reason=login", ["d1"]),
        ("country=BR state=running", ["d5", "d6"]),
    ],
)
def test_a_typed_filter(story: Story, text: str, names: list[str]) -> None:
    assert order_of(story, shown_by=DeviceFilter().typed(text)).names == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("state=faild", "state=faild is no state; did you mean failed?"),
        ("role=pe", "role= is not known here; there are state=, country= and reason="),
        ("reason=weather", "reason=weather is no reason; type part of one, such as reason=login or reason=timeout"),
    ],
)
def test_a_filter_that_is_not_understood_says_what(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("?", r"\?")):
        DeviceFilter().typed(text)


def test_choices_and_typed_words_hold_together(story: Story) -> None:
    shown_by = DeviceFilter(country="BR", is_waiting_for=True).typed("d6")
    assert order_of(story, shown_by=shown_by).names == ["d6"]
    assert shown_by.sentence("·") == "country BR · waiting for · d6"


def test_reasons_are_counted_with_those_that_will_be_tried_again(story: Story) -> None:
    assert count_reasons(story.status.devices.values()) == [
        (FailureKind.CONNECT_TIMEOUT, 2),
        (FailureKind.AUTH_REJECTED, 1),
        (FailureKind.COMMAND_REJECTED, 1),
    ]


def test_every_failure_has_words_of_its_own() -> None:
    assert set(WORDS) == set(FailureKind)
    assert len(set(WORDS.values())) == len(WORDS)
    assert max(len(words) for words in WORDS.values()) <= 25


def test_commands_done_are_those_that_ran(story: Story) -> None:
    story.tell(
        ev.CommandEnded, command="show version", index=1, state=CommandState.REJECTED, seconds=1.0, bytes=9,
        **story.who("d5"),
    )  # fmt: skip
    order = order_of(story, by="done", is_reversed=True)
    assert order.names[0] == "d5"
