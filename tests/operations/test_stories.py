"""Every operation, successful and rejected, with both clients, in process and on a socket."""

from __future__ import annotations

import pytest
from ncloud_datastream import ApiError, openapi_document
from ncloud_datastream_api.api import Operations
from support.calls import Kind, perform
from support.service import Service
from support.stories import OPERATIONS, STORIES, SUCCESSES
from support.story import Raises, Returns, Story
from support.world import Place


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_the_call_has_the_outcome_of_its_story(story: Story, kind: Kind, service: Service) -> None:
    place = service.prepare(story)
    options = service.options(story.keys)
    if isinstance(story.ends, Raises):
        with pytest.raises(ApiError) as caught:
            perform(kind, options, story.call(place))
        story.ends.check(caught.value, story.operation)
    else:
        story.ends.check(perform(kind, options, story.call(place)), place)
    call = service.emulator.calls[-1]
    assert call.operation == story.operation
    assert call.signature_valid is (story.keys != "wrong secret")


def test_every_operation_has_a_success_and_an_error_story() -> None:
    documented = {
        each["operationId"]
        for path in openapi_document()["paths"].values()
        for each in path.values()
        if "operationId" in each
    }
    # A new operation needs no story; contract/facts.py is the list of operations.
    assert set(OPERATIONS) <= documented
    assert len(OPERATIONS) >= 19
    assert set(SUCCESSES) == set(OPERATIONS)
    failures = {story.operation for story in STORIES if isinstance(story.ends, Raises)}
    assert failures == set(OPERATIONS)
    assert len({story.id for story in STORIES}) == len(STORIES)
    methods = {name for name in dir(Operations) if not name.startswith("_")}
    called = {story.call(Place()).method for story in STORIES if isinstance(story.ends, Returns)}
    assert called <= methods
    assert len(called) == len(SUCCESSES)
