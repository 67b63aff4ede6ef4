"""Whom to tell when a job needs somebody, or needs nobody any more: a command of the operator's."""

import shlex
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Occasion = Literal["held", "finished", "window_closed", "interrupted"]
"""`finished`: also a job that was stopped; `interrupted`: its engine was closed or could not keep it."""
OCCASIONS: tuple[Occasion, ...] = ("held", "finished", "window_closed", "interrupted")


class Notify(BaseModel):
    """`[notify]` of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    command: str = ""
    """Run with a JSON summary on its standard input, by no shell; empty: nothing is run."""
    on: tuple[Occasion, ...] = OCCASIONS
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 30
    """It is ended then."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        """`notify = "command"` is the command alone."""
        return {"command": value} if isinstance(value, str) else value

    @field_validator("command")
    @classmethod
    def _is_words(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError as error:
            raise ValueError(f"expected a command as a shell would take it apart ({error})") from None
        return value

    @property
    def words(self) -> list[str]:
        """The program and its arguments."""
        return shlex.split(self.command)
