# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.send_message_request import SendMessageRequest
from ...models.send_message_result import SendMessageResult
from ...types import Response
from ...values import read


def _get_kwargs(
    *,
    body: SendMessageRequest,
) -> dict[str, Any]:
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "extensions": {"server": "message", "operation": "sendMessage"},
        "url": "/api/produce",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SendMessageResult | None:
    if 200 <= response.status_code <= 299:
        response_2xx = SendMessageResult.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SendMessageResult]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SendMessageRequest,
) -> Response[SendMessageResult]:
    """Send a message

     Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are accepted.
    A message without a partition goes to a random one. NCP shows no response and does not describe
    failures; our reading: a `status` of 400 or more in the response body is an error, whatever the HTTP
    status code. The console shows under Topic > [Data] whether a message arrived.

    Args:
        body (SendMessageRequest): A message.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SendMessageResult]
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
    body: SendMessageRequest,
) -> SendMessageResult | None:
    """Send a message

     Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are accepted.
    A message without a partition goes to a random one. NCP shows no response and does not describe
    failures; our reading: a `status` of 400 or more in the response body is an error, whatever the HTTP
    status code. The console shows under Topic > [Data] whether a message arrived.

    Args:
        body (SendMessageRequest): A message.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SendMessageResult
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SendMessageRequest,
) -> Response[SendMessageResult]:
    """Send a message

     Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are accepted.
    A message without a partition goes to a random one. NCP shows no response and does not describe
    failures; our reading: a `status` of 400 or more in the response body is an error, whatever the HTTP
    status code. The console shows under Topic > [Data] whether a message arrived.

    Args:
        body (SendMessageRequest): A message.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SendMessageResult]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SendMessageRequest,
) -> SendMessageResult | None:
    """Send a message

     Appends a message of type STRING to a topic, at most 1 MB. Only keys of a sub account are accepted.
    A message without a partition goes to a random one. NCP shows no response and does not describe
    failures; our reading: a `status` of 400 or more in the response body is an error, whatever the HTTP
    status code. The console shows under Topic > [Data] whether a message arrived.

    Args:
        body (SendMessageRequest): A message.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SendMessageResult
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
