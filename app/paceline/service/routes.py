"""The service's application: the API for scripts under `/api/automation`, and what our own faces ask for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from paceline import __version__
from paceline.launch.order import OrderError
from paceline.model.errors import PacelineError
from paceline.service import wire
from paceline.service.automation import automation_routes
from paceline.service.faces import engine_routes
from paceline.service.host import Host

DOCS, OPENAPI = "/api/docs", "/api/openapi.json"


def make_app(host: Host) -> FastAPI:
    """The application on what `host` has."""

    async def note() -> None:
        host.note_request()

    app = FastAPI(
        title="Paceline",
        version=__version__,
        summary="Run commands on network fleets, at a pace you choose.",
        docs_url=DOCS,
        redoc_url=None,
        openapi_url=OPENAPI,
        dependencies=[Depends(note)],
        responses={422: {"model": wire.Problem, "description": "One sentence, and one per field."}},
    )
    app.include_router(automation_routes(host), prefix="/api/automation", tags=["jobs"])
    app.include_router(engine_routes(host), prefix="/api/engine", include_in_schema=False)

    @app.get("/api/version", tags=["service"])
    async def version() -> wire.Version:
        """What speaks here."""
        return wire.Version(version=__version__)

    @app.get("/api/service", tags=["service"])
    async def status() -> wire.ServiceStatus:
        """What the service does."""
        return host.describe()

    app.add_exception_handler(OrderError, _refuse_order)
    app.add_exception_handler(RequestValidationError, _refuse_body)
    app.add_exception_handler(HTTPException, _refuse_http)
    for error_class in (PacelineError, ValueError, Exception):
        app.add_exception_handler(error_class, _refuse)
    return app


def _answer(problem: wire.Problem, status: int) -> JSONResponse:
    return JSONResponse(problem.model_dump(exclude_none=True), status)


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    problem, status = wire.problem_of(error)
    return _answer(problem, status)


async def _refuse_order(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrderError)
    return _answer(wire.Problem(error=str(error), kind="refused", fields=error.fields), 422)


async def _refuse_body(_: Request, error: Exception) -> JSONResponse:
    """What is wrong with a body must not come back with it: it may be a secret."""
    assert isinstance(error, RequestValidationError)
    fields: dict[str, str] = {}
    for detail in error.errors():
        place = [str(part) for part in detail["loc"] if part not in ("body", "query", "path")]
        fields.setdefault(".".join(place) or "body", _sentence(detail))
    text = "; ".join(f"{name}: {sentence}" for name, sentence in fields.items())
    return _answer(wire.Problem(error=text, kind="value", fields=fields), 422)


_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "extra_forbidden": "unknown field",
        "missing": "this field is missing",
        "int_parsing": "expected a whole number",
        "int_type": "expected a whole number",
        "int_from_float": "expected a whole number",
        "float_parsing": "expected a number",
        "float_type": "expected a number",
        "string_type": "expected a text",
        "tuple_type": "expected a list",
        "dict_type": "expected an object",
        "json_invalid": "expected a JSON document",
        "model_attributes_type": "expected a JSON object",
    }
)


def _sentence(detail: Mapping[str, Any]) -> str:
    """Ours where we have one; pydantic's own words name no value but those that a literal may have."""
    if detail["type"] == "literal_error":
        return f"expected {detail['ctx']['expected']}".replace("'", '"')
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    return _SENTENCES.get(detail["type"], str(detail["msg"]))


async def _refuse_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    sentence = {
        404: f"there is nothing at {request.url.path}: {DOCS} lists what there is",
        405: f"{request.url.path} does not take {request.method}: {DOCS} lists what it takes",
    }.get(error.status_code, str(error.detail))
    return _answer(wire.Problem(error=sentence), error.status_code)
