# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.topic_prefix import TopicPrefix
from ...types import Response
from ...values import read


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "extensions": {"server": "management", "operation": "getTopicPrefix"},
        "url": "/api/v1/topic-prefix",
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> TopicPrefix | None:
    if 200 <= response.status_code <= 299:
        response_2xx = TopicPrefix.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[TopicPrefix]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[TopicPrefix]:
    """Get the topic prefix

     Returns the prefix of all topic names in the account. NCP's text says that the prefix is attached
    automatically, while createTopic requires it in the name; our reading: the caller adds it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TopicPrefix]
    """

    kwargs = _get_kwargs()

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> TopicPrefix | None:
    """Get the topic prefix

     Returns the prefix of all topic names in the account. NCP's text says that the prefix is attached
    automatically, while createTopic requires it in the name; our reading: the caller adds it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TopicPrefix
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[TopicPrefix]:
    """Get the topic prefix

     Returns the prefix of all topic names in the account. NCP's text says that the prefix is attached
    automatically, while createTopic requires it in the name; our reading: the caller adds it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TopicPrefix]
    """

    kwargs = _get_kwargs()

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> TopicPrefix | None:
    """Get the topic prefix

     Returns the prefix of all topic names in the account. NCP's text says that the prefix is attached
    automatically, while createTopic requires it in the name; our reading: the caller adds it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TopicPrefix
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
