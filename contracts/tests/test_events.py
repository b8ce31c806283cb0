"""Every event has an example its own schema accepts; unknown fields are tolerated, missing ones are not."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from contracts.envelope import Envelope
from contracts.events import REGISTRY, Event

FOLDER = Path(__file__).resolve().parents[1] / "contracts"
EVENTS = sorted(REGISTRY.values(), key=lambda event: event.key)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_the_committed_example_is_an_envelope_whose_data_its_schema_accepts(event: type[Event]) -> None:
    example = json.loads((FOLDER / "examples" / f"{event.key}.json").read_text(encoding="utf-8"))
    schema = json.loads((FOLDER / "schemas" / f"{event.key}.json").read_text(encoding="utf-8"))
    envelope = Envelope.model_validate(example)
    jsonschema.validate(envelope.data, schema, cls=jsonschema.Draft202012Validator)
    told = event.model_validate(envelope.data)
    assert told.aggregate == envelope.aggregate
    assert envelope.source == f"/{event.producer()}"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_a_reader_tolerates_a_new_field_and_refuses_a_missing_one(event: type[Event]) -> None:
    event.model_validate({**event.example, "added_later": True})
    required = [name for name, field in event.model_fields.items() if field.is_required()]
    for name in required:
        with pytest.raises(ValidationError):
            event.model_validate({key: value for key, value in event.example.items() if key != name})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_a_key_names_service_noun_participle_and_version(event: type[Event]) -> None:
    service, noun, participle, version = event.key.split(".")
    assert service in ("identity", "passport", "residency", "delivery", "notify", "support")
    assert noun.replace("_", "").isalpha()
    assert participle.replace("_", "").isalpha()
    assert version.startswith("v")
    assert event.summary


def test_events_that_carry_people_say_so() -> None:
    assert all(event.personal for event in EVENTS if "person" in event.model_fields)
