# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.topic_list import TopicList
from ...models.topic_sort_key import TopicSortKey
from ...types import UNSET, Response, Unset
from ...values import read, text


def _get_kwargs(
    *,
    sort_by: TopicSortKey | Unset = UNSET,
    descending: bool | Unset = UNSET,
    search_text: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}
    if sort_by is not None:
        params["sortBy"] = text("listTopics", "sort_by", sort_by)
    if descending is not None:
        params["descending"] = text("listTopics", "descending", descending)
    if search_text is not None:
        params["searchText"] = text("listTopics", "search_text", search_text)

    _kwargs: dict[str, Any] = {
        "method": "get",
        "extensions": {"server": "management", "operation": "listTopics"},
        "url": "/api/v1/topics",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> TopicList | None:
    if 200 <= response.status_code <= 299:
        response_2xx = TopicList.from_dict(read(response, dict))

        return response_2xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[TopicList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    sort_by: TopicSortKey | Unset = UNSET,
    descending: bool | Unset = UNSET,
    search_text: str | Unset = UNSET,
) -> Response[TopicList]:
    """List topics

     Returns all topics of the account in one response, without paging. The response for an account
    without topics is not documented; our reading: an empty list.

    Args:
        sort_by (TopicSortKey | Unset): The field by which a list of topics is sorted. Example:
            createdDate.
        descending (bool | Unset):
        search_text (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TopicList]
    """

    kwargs = _get_kwargs(
        sort_by=sort_by,
        descending=descending,
        search_text=search_text,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    sort_by: TopicSortKey | Unset = UNSET,
    descending: bool | Unset = UNSET,
    search_text: str | Unset = UNSET,
) -> TopicList | None:
    """List topics

     Returns all topics of the account in one response, without paging. The response for an account
    without topics is not documented; our reading: an empty list.

    Args:
        sort_by (TopicSortKey | Unset): The field by which a list of topics is sorted. Example:
            createdDate.
        descending (bool | Unset):
        search_text (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TopicList
    """

    return sync_detailed(
        client=client,
        sort_by=sort_by,
        descending=descending,
        search_text=search_text,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    sort_by: TopicSortKey | Unset = UNSET,
    descending: bool | Unset = UNSET,
    search_text: str | Unset = UNSET,
) -> Response[TopicList]:
    """List topics

     Returns all topics of the account in one response, without paging. The response for an account
    without topics is not documented; our reading: an empty list.

    Args:
        sort_by (TopicSortKey | Unset): The field by which a list of topics is sorted. Example:
            createdDate.
        descending (bool | Unset):
        search_text (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TopicList]
    """

    kwargs = _get_kwargs(
        sort_by=sort_by,
        descending=descending,
        search_text=search_text,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    sort_by: TopicSortKey | Unset = UNSET,
    descending: bool | Unset = UNSET,
    search_text: str | Unset = UNSET,
) -> TopicList | None:
    """List topics

     Returns all topics of the account in one response, without paging. The response for an account
    without topics is not documented; our reading: an empty list.

    Args:
        sort_by (TopicSortKey | Unset): The field by which a list of topics is sorted. Example:
            createdDate.
        descending (bool | Unset):
        search_text (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TopicList
    """

    return (
        await asyncio_detailed(
            client=client,
            sort_by=sort_by,
            descending=descending,
            search_text=search_text,
        )
    ).parsed
