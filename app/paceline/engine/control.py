"""What the operator tells a running job, carried out: each control becomes an event with who and why."""

from typing import Any

from paceline.engine.holding import answer_hold, free_country, set_country_aside
from paceline.engine.run_state import RunState
from paceline.model import event as ev
from paceline.model.asked import PREFIX
from paceline.model.control import (
    Answer,
    Control,
    ControlError,
    Pause,
    PauseCountry,
    Resume,
    ResumeCountry,
    Retune,
    Skip,
    Stop,
)
from paceline.model.job import Pace

_RANK = {"batch": 1, "running": 2, "now": 3}


def obey(run: RunState, control: Control, now: float) -> int:
    """Carry `control` out; returns the number of the event that says so. Raises ControlError with a sentence."""
    who: dict[str, Any] = {"by": control.by, "why": control.why}
    match control:
        case Pause():
            if run.waits_to_begin:
                raise ControlError("the job has not begun: stop it, or let it begin")
            if run.is_paused:
                raise ControlError("the job is paused already")
            run.is_paused = True
            return run.emit(ev.JobPaused, **who)
        case Resume():
            if run.waits_to_begin:
                raise ControlError("the job has not begun: it begins by itself at its time")
            if not run.is_paused:
                raise ControlError("the job is not paused" + (": a gate holds it, answer that" if run.question else ""))
            run.is_paused = False
            return run.emit(ev.JobResumed, next_due=run.next_due(), **who)
        case PauseCountry():
            return _pause_country(run, control.country, who)
        case ResumeCountry():
            return _resume_country(run, control.country, who)
        case Retune():
            return _retune(run, control, now, who)
        case Skip():
            return _skip(run, control)
        case Answer():
            return _answer(run, control, who)
        case Stop():
            return _stop(run, control, who)


def _pause_country(run: RunState, country: str, who: dict[str, Any]) -> int:
    if country not in run.status.countries:
        known = ", ".join(sorted(run.status.countries))
        raise ControlError(f"the job has no devices in {country!r}: its countries are {known}")
    if country in run.paused_countries:
        raise ControlError(f"{country} is paused already")
    run.paused_countries.add(country)
    seq = run.emit(ev.CountryPaused, country=country, **who)
    set_country_aside(run, country)
    return seq


def _resume_country(run: RunState, country: str, who: dict[str, Any]) -> int:
    if country not in run.paused_countries:
        raise ControlError(f"{country} is not paused")
    run.paused_countries.remove(country)
    free_country(run, country)
    return run.emit(ev.CountryResumed, country=country, **who)


def _retune(run: RunState, control: Retune, now: float, who: dict[str, Any]) -> int:
    names = ("batch_size", "devices_per_hour", "per_country", "per_site")
    wanted = {name: getattr(control, name) for name in names}
    changes = {key: value for key, value in wanted.items() if value is not None}
    if not changes:
        raise ControlError("name a batch size, a rate or a cap")
    try:
        pace = Pace.model_validate(run.pace.model_dump() | changes)
    except ValueError as error:
        raise ControlError(f"that pace does not fit: {', '.join(changes)} must be a number from 0 on") from error
    run.pace = pace
    run.caps.retune(pace)
    if control.devices_per_hour is not None:
        run.pacer.retune(now, control.devices_per_hour)
    return run.emit(
        ev.PaceChanged,
        batch_size=pace.batch_size,
        devices_per_hour=pace.devices_per_hour,
        per_country=pace.per_country,
        per_site=pace.per_site,
        next_due=run.next_due(),
        **who,
    )


def _skip(run: RunState, control: Skip) -> int:
    name = control.device
    why = control.why or (f"skipped by {control.by}" if control.by else "skipped")
    if name in run.running:
        run.skipped.add(name)
        run.cancel(name, why)
        return run.status.seq
    if name in run.granted:
        run.granted.remove(name)
        run.give_back(name)
    elif name not in run.ledger:
        raise ControlError(f"{name} is not open in this job")
    return run.leave_out(name, why)


def _answer(run: RunState, control: Answer, who: dict[str, Any]) -> int:
    if control.question.startswith(PREFIX):
        if control.answer == "go_on":
            raise ControlError(
                "a login asks for what must not be kept: answer it in Monitor, or at the terminal of `run`"
            )
        run.shared.questions.decline(control.question, control.by)
        return run.status.seq
    if control.question in run.logins.open:
        return answer_hold(run, run.logins.open[control.question][0], control.answer, who)
    question = run.question
    if question is None or question.id != control.question:
        raise ControlError(f"no gate asks {control.question!r}")
    run.question = None
    run.gates.answered(question.gate)
    seq = run.emit(ev.JobAnswered, question=question.id, answer=control.answer, next_due=run.next_due(), **who)
    if control.answer == "stop":
        why = control.why or question.message
        seq = _stop(run, Stop(stop="running", by=control.by, why=why), {"by": control.by, "why": why})
    return seq


def _stop(run: RunState, control: Stop, who: dict[str, Any]) -> int:
    if run.stop is not None and _RANK[run.stop] >= _RANK[control.stop]:
        raise ControlError(f"the job is stopping already ({run.stop})")
    if run.stop is not None:
        # Asked for harder than the window did.
        run.window_closed = False
    run.stop = control.stop
    run.stop_why = control.why or (f"stopped by {control.by}" if control.by else "the job was stopped")
    run.question, run.is_paused = None, False
    run.logins.open = {}
    seq = run.emit(ev.StopRequested, stop=control.stop, window=run.window_closed, **who)
    if control.stop != "batch":
        for name in run.granted:
            run.give_back(name)
            run.ledger.put_back(name, 0.0)
        run.granted = []
    if control.stop == "now":
        for name in list(run.running):
            run.cancel(name, run.stop_why)
    return seq
