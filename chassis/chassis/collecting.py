"""Python's collector in a process that serves: what lives as long as the process is not walked again and again."""

import gc

_AFTER = 20_000  # objects more than there were: requests leave few cycles behind


def spare_what_stays() -> None:
    """Call it once everything is set up. Each collection of the whole heap would hold all requests up for milliseconds."""
    gc.set_threshold(_AFTER)
    gc.collect()
    gc.freeze()
