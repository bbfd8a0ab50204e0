"""The emulator's page in Chromium; screenshots are in build/screenshots."""

from __future__ import annotations

import pytest
from browser.running import run
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator


@pytest.mark.browser
def test_the_page_shows_calls_and_its_forms_work() -> None:
    with Emulator() as emulator:
        keys = emulator.credentials
        with DataStream(keys, management_url=emulator.url, message_url=emulator.url) as ds:
            name = f"{ds.get_topic_prefix().prefix}orders"
            topic = ds.wait_for_topic(ds.create_topic(name=name, partitions=3).topic_id)
        run("page/page.mjs", emulator.url, keys.access_key, keys.secret_key, topic.topic_name)
        assert [each.value for each in emulator.messages(name)] == ["shipped", "paid", "packed"]
