# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.schema_request import SchemaRequest
from ...paths import in_path
from ...types import Response


def _get_kwargs(
    topic_id: str,
    *,
    body: SchemaRequest,
) -> dict[str, Any]:
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "extensions": {"server": "management", "operation": "createSchema"},
        "url": "/api/v1/topics/{topic_id}/schemas".format(
            topic_id=in_path(
                "createSchema",
                "topic_id",
                topic_id,
                str,
                "a string (the id of the topic, not its name)",
            ),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | None:
    if 200 <= response.status_code <= 299:
        return None

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SchemaRequest,
) -> Response[Any]:
    """Register a schema

     Registers a schema for the message values of a topic. The response is not documented; our reading:
    its body is empty, so use listSchemas to get the id of the new schema.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


async def asyncio_detailed(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SchemaRequest,
) -> Response[Any]:
    """Register a schema

     Registers a schema for the message values of a topic. The response is not documented; our reading:
    its body is empty, so use listSchemas to get the id of the new schema.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)
