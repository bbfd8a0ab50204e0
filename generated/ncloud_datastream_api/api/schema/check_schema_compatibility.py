# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.schema_compatibility import SchemaCompatibility
from ...models.schema_request import SchemaRequest
from ...paths import in_path
from ...types import Response
from ...values import read


def _get_kwargs(
    topic_id: str,
    *,
    body: SchemaRequest,
) -> dict[str, Any]:
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "extensions": {"server": "management", "operation": "checkSchemaCompatibility"},
        "url": "/api/v1/topics/{topic_id}/schemas/validate/compatibility/latest".format(
            topic_id=in_path(
                "checkSchemaCompatibility",
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
) -> SchemaCompatibility | None:
    if 200 <= response.status_code <= 299:
        response_2xx = SchemaCompatibility.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SchemaCompatibility]:
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
) -> Response[SchemaCompatibility]:
    """Check a schema against the latest one

     Checks whether a schema is compatible with the latest schema registered for the topic, without
    registering it. The response for a topic without a schema is not documented; our reading: the schema
    is compatible.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SchemaCompatibility]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SchemaRequest,
) -> SchemaCompatibility | None:
    """Check a schema against the latest one

     Checks whether a schema is compatible with the latest schema registered for the topic, without
    registering it. The response for a topic without a schema is not documented; our reading: the schema
    is compatible.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SchemaCompatibility
    """

    return sync_detailed(
        topic_id=topic_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SchemaRequest,
) -> Response[SchemaCompatibility]:
    """Check a schema against the latest one

     Checks whether a schema is compatible with the latest schema registered for the topic, without
    registering it. The response for a topic without a schema is not documented; our reading: the schema
    is compatible.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SchemaCompatibility]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SchemaRequest,
) -> SchemaCompatibility | None:
    """Check a schema against the latest one

     Checks whether a schema is compatible with the latest schema registered for the topic, without
    registering it. The response for a topic without a schema is not documented; our reading: the schema
    is compatible.

    Args:
        topic_id (str):
        body (SchemaRequest): A schema for the values of a topic's messages.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SchemaCompatibility
    """

    return (
        await asyncio_detailed(
            topic_id=topic_id,
            client=client,
            body=body,
        )
    ).parsed
