# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.schema_page import SchemaPage
from ...models.schema_type import SchemaType
from ...paths import in_path
from ...types import UNSET, Response, Unset
from ...values import read, text


def _get_kwargs(
    topic_id: str,
    *,
    schema_type: SchemaType | Unset = UNSET,
    schema_id: int | Unset = UNSET,
    page: int | Unset = UNSET,
    size: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}
    if schema_type is not None:
        params["schemaType"] = text("listSchemas", "schema_type", schema_type)
    if schema_id is not None:
        params["schemaId"] = text("listSchemas", "schema_id", schema_id)
    if page is not None:
        params["page"] = text("listSchemas", "page", page)
    if size is not None:
        params["size"] = text("listSchemas", "size", size)

    _kwargs: dict[str, Any] = {
        "method": "get",
        "extensions": {"server": "management", "operation": "listSchemas"},
        "url": "/api/v1/topics/{topic_id}/schemas".format(
            topic_id=in_path(
                "listSchemas",
                "topic_id",
                topic_id,
                str,
                "a string (the id of the topic, not its name)",
            ),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> SchemaPage | None:
    if 200 <= response.status_code <= 299:
        response_2xx = SchemaPage.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[SchemaPage]:
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
    schema_type: SchemaType | Unset = UNSET,
    schema_id: int | Unset = UNSET,
    page: int | Unset = UNSET,
    size: int | Unset = UNSET,
) -> Response[SchemaPage]:
    """List the schemas of a topic

     Returns one page of the schemas registered for a topic. The page number and size are `page` and
    `size` in the request, and `pageNo` and `pageSize` in the response.

    Args:
        topic_id (str):
        schema_type (SchemaType | Unset): The language of a schema; our reading: JSON means JSON
            Schema. Example: AVRO.
        schema_id (int | Unset):
        page (int | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SchemaPage]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        schema_type=schema_type,
        schema_id=schema_id,
        page=page,
        size=size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    schema_type: SchemaType | Unset = UNSET,
    schema_id: int | Unset = UNSET,
    page: int | Unset = UNSET,
    size: int | Unset = UNSET,
) -> SchemaPage | None:
    """List the schemas of a topic

     Returns one page of the schemas registered for a topic. The page number and size are `page` and
    `size` in the request, and `pageNo` and `pageSize` in the response.

    Args:
        topic_id (str):
        schema_type (SchemaType | Unset): The language of a schema; our reading: JSON means JSON
            Schema. Example: AVRO.
        schema_id (int | Unset):
        page (int | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SchemaPage
    """

    return sync_detailed(
        topic_id=topic_id,
        client=client,
        schema_type=schema_type,
        schema_id=schema_id,
        page=page,
        size=size,
    ).parsed


async def asyncio_detailed(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    schema_type: SchemaType | Unset = UNSET,
    schema_id: int | Unset = UNSET,
    page: int | Unset = UNSET,
    size: int | Unset = UNSET,
) -> Response[SchemaPage]:
    """List the schemas of a topic

     Returns one page of the schemas registered for a topic. The page number and size are `page` and
    `size` in the request, and `pageNo` and `pageSize` in the response.

    Args:
        topic_id (str):
        schema_type (SchemaType | Unset): The language of a schema; our reading: JSON means JSON
            Schema. Example: AVRO.
        schema_id (int | Unset):
        page (int | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[SchemaPage]
    """

    kwargs = _get_kwargs(
        topic_id=topic_id,
        schema_type=schema_type,
        schema_id=schema_id,
        page=page,
        size=size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    topic_id: str,
    *,
    client: AuthenticatedClient | Client,
    schema_type: SchemaType | Unset = UNSET,
    schema_id: int | Unset = UNSET,
    page: int | Unset = UNSET,
    size: int | Unset = UNSET,
) -> SchemaPage | None:
    """List the schemas of a topic

     Returns one page of the schemas registered for a topic. The page number and size are `page` and
    `size` in the request, and `pageNo` and `pageSize` in the response.

    Args:
        topic_id (str):
        schema_type (SchemaType | Unset): The language of a schema; our reading: JSON means JSON
            Schema. Example: AVRO.
        schema_id (int | Unset):
        page (int | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        SchemaPage
    """

    return (
        await asyncio_detailed(
            topic_id=topic_id,
            client=client,
            schema_type=schema_type,
            schema_id=schema_id,
            page=page,
            size=size,
        )
    ).parsed
