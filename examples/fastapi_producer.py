"""A web service that forwards events to Data Stream without making its clients wait.

    TOPIC=h4j6l-orders uvicorn --app-dir examples fastapi_producer:app
    TOPIC=h4j6l-orders gunicorn --chdir examples -k asgi -w 2 fastapi_producer:app

One producer serves all requests of a process for the lifetime of its event loop; buffered messages
are flushed before the process exits. 202 means that an event is queued; failures are logged. To
report the outcome to the client, await the delivery, as ``/receipts`` does. The keys and URLs come
from the environment; ``python -m ncloud_datastream_emulator`` prints those of an emulator.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, status
from fastapi.responses import JSONResponse
from ncloud_datastream import AsyncDataStream, AsyncProducer, BufferFullError, DataStreamError
from pydantic import BaseModel, Field


class Event(BaseModel):
    """The body of a request."""

    key: str = Field(min_length=1, description="Events with the same key keep their order")
    value: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncDataStream() as datastream:
        topic = await datastream.find_topic(os.environ["TOPIC"])  # without it, startup fails
        async with datastream.producer(
            topic=topic.topic_name,
            ordered="key",
            partitions=topic.partitions,
            when_full="raise",  # reject a request rather than keep it waiting
        ) as producer:
            app.state.producer = producer
            yield


def producer_of(request: Request) -> AsyncProducer:
    producer: AsyncProducer = request.app.state.producer
    return producer


app = FastAPI(title="Producer", lifespan=lifespan)
Producing = Annotated[AsyncProducer, Depends(producer_of)]


@app.exception_handler(BufferFullError)
async def full(_: Request, error: BufferFullError) -> JSONResponse:
    return JSONResponse({"detail": "Too many events are queued."}, 503, {"Retry-After": "1"})


@app.post("/events", status_code=status.HTTP_202_ACCEPTED)
async def publish(event: Event, producer: Producing) -> None:
    """Queue an event."""
    await producer.send(key=event.key, value=event.value)


@app.post("/receipts", status_code=status.HTTP_204_NO_CONTENT)
async def publish_and_wait(event: Event, producer: Producing) -> None:
    """Send an event; 204 means that it was delivered."""
    future = await producer.send(key=event.key, value=event.value)
    try:
        await future
    except DataStreamError as error:
        detail = {"error": type(error).__name__, "maybe_delivered": error.maybe_delivered}
        raise HTTPException(status.HTTP_502_BAD_GATEWAY, detail) from error
