# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...paths import in_path
from ...types import Response


def _get_kwargs(
    topic_id: str,
    connector_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "extensions": {"server": "management", "operation": "deleteConnector"},
        "url": "/api/v1/topics/{topic_id}/connectors/{connector_id}".format(
            topic_id=in_path(
                "deleteConnector",
                "topic_id",
                topic_id,
                str,
                "a string (the id of the topic, not its name)",
            ),
            connector_id=in_path(
                "deleteConnector",
                "connector_id",
                connector_id,
                str,
                "a string (the id of the connector)",
            ),
        ),
    }

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
    connector_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any]:
    """Delete a connector

     Deletes a connector. NCP shows only the words `200 OK` as the response; our reading: this is the
    status line, and the body is empty.

    Args:
        topic_id (str):
        connector_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        connector_id=connector_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


async def asyncio_detailed(
    topic_id: str,
    connector_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any]:
    """Delete a connector

     Deletes a connector. NCP shows only the words `200 OK` as the response; our reading: this is the
    status line, and the body is empty.

    Args:
        topic_id (str):
        connector_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        connector_id=connector_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)
