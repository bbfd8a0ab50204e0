"""A web service that passes events on to Data Stream, and says honestly what became of each.

    TOPIC=h4j6l-orders uvicorn --app-dir examples fastapi_producer:app

One client serves all requests, from the start of the service to its end. Keys and addresses come
from the environment; ``python -m ncloud_datastream_emulator`` prints some.
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast

from fastapi import Depends, FastAPI, Request, status
from fastapi.responses import JSONResponse
from ncloud_datastream import (
    AsyncDataStream,
    BadRequestError,
    DataStreamError,
    PayloadTooLargeError,
    RateLimitedError,
    Retry,
    partition_for,
)
from pydantic import BaseModel, Field

log = logging.getLogger("fastapi_producer")


class State(TypedDict):
    """What requests find in ``request.state``."""

    datastream: AsyncDataStream
    topic: str
    partitions: int


class Event(BaseModel):
    """What is sent to us."""

    key: str = Field(min_length=1, description="Events with the same key go to one partition")
    value: str


class Failure(BaseModel):
    """Why an event was not passed on."""

    detail: str
    maybe_delivered: bool = Field(description="Sent again, the event may be there twice")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[State]:
    # Whoever waits for an answer would rather hear of a failure soon.
    async with AsyncDataStream(timeout=5, retry=Retry(max_elapsed=8)) as datastream:
        topic = os.environ["TOPIC"]
        partitions = (await datastream.find_topic(topic)).partitions
        if not partitions:
            raise RuntimeError(f"How many partitions {topic} has is not known.")
        yield {"datastream": datastream, "topic": topic, "partitions": partitions}


def state(request: Request) -> State:
    return cast(State, {name: getattr(request.state, name) for name in State.__annotations__})


app = FastAPI(title="Producer", lifespan=lifespan)


@app.post(
    "/events",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={code: {"model": Failure} for code in (400, 413, 502, 503)},
)
async def publish(event: Event, have: Annotated[State, Depends(state)]) -> None:
    """Pass an event on; 204 means that Data Stream has it."""
    await have["datastream"].send_message(
        topic=have["topic"],
        key=event.key,
        value=event.value,
        # Left out, the service would send each event to a random partition, whatever its key is.
        partition=partition_for(event.key, have["partitions"]),
    )


@app.exception_handler(DataStreamError)
async def failed(_: Request, error: DataStreamError) -> JSONResponse:
    """Tell the caller what the failure means to them, and the log what it was."""
    headers = {}
    match error:
        case BadRequestError():
            code, detail = status.HTTP_400_BAD_REQUEST, "Data Stream does not take this event."
        case PayloadTooLargeError():
            code, detail = status.HTTP_413_CONTENT_TOO_LARGE, "The event is too large."
        case RateLimitedError():
            code, detail = status.HTTP_503_SERVICE_UNAVAILABLE, "Too much at a time; try later."
            headers["Retry-After"] = f"{error.retry_after or 1:.0f}"
        case _:  # keys, addresses, the network, the service: nothing that the caller can mend
            code, detail = status.HTTP_502_BAD_GATEWAY, "Data Stream cannot be reached."
    log.error("an event was not passed on: %s: %s", type(error).__name__, error)
    body = Failure(detail=detail, maybe_delivered=error.maybe_delivered)
    return JSONResponse(body.model_dump(), code, headers)
