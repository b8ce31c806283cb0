"""A list announces a further page because others' rows follow: the count is taken before the predicate."""

from typing import Any

SERVICE = "residency"
ROUTES = ("GET /v1/iqamas",)


def plant(patch: Any, stage: Any) -> None:
    from chassis import paging
    from residency.api import iqamas

    async def page_of(*words: Any, **more: Any) -> Any:
        rows, following = await paging.page_of(*words, **more)
        return rows, following or (paging._encode(rows[-1].id) if rows else None)

    patch.set(iqamas, "page_of", page_of)
