"""What an event is: one frozen model per fact and version, registered under its routing key.

A key reads `<service>.<noun>.<past participle>.v<n>`. Readers tolerate unknown fields; a field never changes meaning:
a new meaning is a new version.
"""

from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

REGISTRY: dict[str, type["Event"]] = {}

E = TypeVar("E", bound="Event")


class Event(BaseModel):
    """A fact about one aggregate. Subclasses set `key`, `aggregate_field`, `summary` and `example`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: ClassVar[str] = ""
    aggregate_field: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    personal: ClassVar[bool] = False
    example: ClassVar[dict[str, Any]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.key:
            return
        if cls.key in REGISTRY and REGISTRY[cls.key].__qualname__ != cls.__qualname__:
            raise TypeError(f"two events claim the key {cls.key}")
        if cls.aggregate_field not in cls.model_fields:
            raise TypeError(f"{cls.__name__} names no field of its own as aggregate")
        REGISTRY[cls.key] = cls

    @property
    def aggregate(self) -> str:
        """What the fact is about, as `<service>.<noun>:<id>`; facts of one aggregate keep their order."""
        service, noun, *_ = self.key.split(".")
        return f"{service}.{noun}:{getattr(self, self.aggregate_field)}"

    @classmethod
    def producer(cls) -> str:
        """The service that alone may say this."""
        return cls.key.split(".", 1)[0]


class ActedFor(BaseModel):
    """Fields of an event whose act somebody may do for another by an electronic authorisation: both are named, or neither."""

    acted_by: str | None = None
    on_behalf_of: str | None = None
