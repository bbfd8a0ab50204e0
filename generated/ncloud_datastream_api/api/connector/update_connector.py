# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.connector import Connector
from ...models.connector_request import ConnectorRequest
from ...paths import in_path
from ...types import Response
from ...values import read


def _get_kwargs(
    topic_id: str,
    connector_id: str,
    *,
    body: ConnectorRequest,
) -> dict[str, Any]:
    headers: dict[str, str] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "extensions": {"server": "management", "operation": "updateConnector"},
        "url": "/api/v1/topics/{topic_id}/connectors/{connector_id}".format(
            topic_id=in_path(
                "updateConnector",
                "topic_id",
                topic_id,
                str,
                "a string (the id of the topic, not its name)",
            ),
            connector_id=in_path(
                "updateConnector",
                "connector_id",
                connector_id,
                str,
                "a string (the id of the connector)",
            ),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Connector | None:
    if 200 <= response.status_code <= 299:
        response_2xx = Connector.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Connector]:
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
    body: ConnectorRequest,
) -> Response[Connector]:
    """Update a connector

     Replaces the settings of a connector; the request body is that of createConnector. Which settings
    can be changed is not documented; our reading: all of them. An early revision of NCP's page has
    `/export/` in the path; later revisions have `/connectors/`, as here.

    Args:
        topic_id (str):
        connector_id (str):
        body (ConnectorRequest): The settings of a connector, to create or to update it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Connector]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        connector_id=connector_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    topic_id: str,
    connector_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ConnectorRequest,
) -> Connector | None:
    """Update a connector

     Replaces the settings of a connector; the request body is that of createConnector. Which settings
    can be changed is not documented; our reading: all of them. An early revision of NCP's page has
    `/export/` in the path; later revisions have `/connectors/`, as here.

    Args:
        topic_id (str):
        connector_id (str):
        body (ConnectorRequest): The settings of a connector, to create or to update it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Connector
    """

    return sync_detailed(
        topic_id=topic_id,
        connector_id=connector_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    topic_id: str,
    connector_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ConnectorRequest,
) -> Response[Connector]:
    """Update a connector

     Replaces the settings of a connector; the request body is that of createConnector. Which settings
    can be changed is not documented; our reading: all of them. An early revision of NCP's page has
    `/export/` in the path; later revisions have `/connectors/`, as here.

    Args:
        topic_id (str):
        connector_id (str):
        body (ConnectorRequest): The settings of a connector, to create or to update it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Connector]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        connector_id=connector_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    topic_id: str,
    connector_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ConnectorRequest,
) -> Connector | None:
    """Update a connector

     Replaces the settings of a connector; the request body is that of createConnector. Which settings
    can be changed is not documented; our reading: all of them. An early revision of NCP's page has
    `/export/` in the path; later revisions have `/connectors/`, as here.

    Args:
        topic_id (str):
        connector_id (str):
        body (ConnectorRequest): The settings of a connector, to create or to update it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Connector
    """

    return (
        await asyncio_detailed(
            topic_id=topic_id,
            connector_id=connector_id,
            client=client,
            body=body,
        )
    ).parsed
