# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.create_topic_request import CreateTopicRequest
from ...models.topic import Topic
from ...types import Response
from ...values import read


def _get_kwargs(
    *,
    body: CreateTopicRequest,
) -> dict[str, Any]:
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "extensions": {"server": "management", "operation": "createTopic"},
        "url": "/api/v1/topics",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Topic | None:
    if 200 <= response.status_code <= 299:
        response_2xx = Topic.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Topic]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTopicRequest,
) -> Response[Topic]:
    """Create a topic

     Creates a topic, at most 3 per account. The name cannot be changed later. The response arrives while
    the topic is still being created.

    Args:
        body (CreateTopicRequest): The settings of a new topic.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Topic]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTopicRequest,
) -> Topic | None:
    """Create a topic

     Creates a topic, at most 3 per account. The name cannot be changed later. The response arrives while
    the topic is still being created.

    Args:
        body (CreateTopicRequest): The settings of a new topic.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Topic
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTopicRequest,
) -> Response[Topic]:
    """Create a topic

     Creates a topic, at most 3 per account. The name cannot be changed later. The response arrives while
    the topic is still being created.

    Args:
        body (CreateTopicRequest): The settings of a new topic.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Topic]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTopicRequest,
) -> Topic | None:
    """Create a topic

     Creates a topic, at most 3 per account. The name cannot be changed later. The response arrives while
    the topic is still being created.

    Args:
        body (CreateTopicRequest): The settings of a new topic.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Topic
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
