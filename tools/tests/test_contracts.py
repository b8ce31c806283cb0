"""The committed contracts are what the code says, every event has a reader, and a planted break is refused."""

import copy
import json
from pathlib import Path

import pytest

from contracts.event import REGISTRY
from tools import contracts


@pytest.fixture(scope="module")
def made() -> dict[Path, contracts.Document]:
    return contracts.everything()


def test_every_committed_file_is_what_the_code_says(made: dict[Path, contracts.Document]) -> None:
    stale = [path.name for path, document in made.items() if path.read_text("utf-8") != contracts.text_of(document)]
    assert stale == []


def test_no_committed_file_is_left_over(made: dict[Path, contracts.Document]) -> None:
    folders = ("openapi", "asyncapi", "schemas", "examples")
    committed = {path for folder in folders for path in (contracts.FOLDER / folder).glob("*.json")}
    assert committed == set(made)


def test_every_event_has_a_reader_whose_model_takes_its_example() -> None:
    readers = contracts.consumers()
    assert [key for key, services in readers.items() if not services] == []
    assert set(readers) == set(REGISTRY)


def test_a_planted_break_in_an_api_and_in_an_event_is_named(made: dict[Path, contracts.Document]) -> None:
    broken = copy.deepcopy(made)
    api = next(document for path, document in broken.items() if path.match("openapi/support.json"))
    del api["paths"]["/v1/tickets"]["get"]
    event = next(document for path, document in broken.items() if path.match("schemas/support.ticket.opened.v1.json"))
    del event["properties"]["person"]
    found = "\n".join(contracts.breaking(broken))
    assert "support: GET /v1/tickets: removed" in found
    assert "support.ticket.opened.v1: event: field person removed" in found
    assert contracts.breaking(made) == []


def test_asyncapi_names_queue_arguments_and_marks_personal_data() -> None:
    document = json.loads((contracts.FOLDER / "asyncapi" / "notify.json").read_text("utf-8"))
    operation = next(each for name, each in document["operations"].items() if name.startswith("receive_"))
    assert operation["x-queue"]["arguments"]["x-queue-type"] == "quorum"
    tags = [tag["name"] for message in document["components"]["messages"].values() for tag in message["tags"]]
    assert "personal-data" in tags
