# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.registry_info import RegistryInfo
from ...paths import in_path
from ...types import Response
from ...values import read


def _get_kwargs(
    topic_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "extensions": {"server": "management", "operation": "getRegistryInfo"},
        "url": "/api/v1/topics/{topic_id}/registry-info".format(
            topic_id=in_path(
                "getRegistryInfo",
                "topic_id",
                topic_id,
                str,
                "a string (the id of the topic, not its name)",
            ),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RegistryInfo | None:
    if 200 <= response.status_code <= 299:
        response_2xx = RegistryInfo.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[RegistryInfo]:
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
) -> Response[RegistryInfo]:
    """Get the schema registry's address

     Returns the address of the topic's schema registry for Kafka clients, and whether its settings can
    be changed.

    Args:
        topic_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RegistryInfo]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> RegistryInfo | None:
    """Get the schema registry's address

     Returns the address of the topic's schema registry for Kafka clients, and whether its settings can
    be changed.

    Args:
        topic_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RegistryInfo
    """

    return sync_detailed(
        topic_id=topic_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[RegistryInfo]:
    """Get the schema registry's address

     Returns the address of the topic's schema registry for Kafka clients, and whether its settings can
    be changed.

    Args:
        topic_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RegistryInfo]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> RegistryInfo | None:
    """Get the schema registry's address

     Returns the address of the topic's schema registry for Kafka clients, and whether its settings can
    be changed.

    Args:
        topic_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RegistryInfo
    """

    return (
        await asyncio_detailed(
            topic_id=topic_id,
            client=client,
        )
    ).parsed
