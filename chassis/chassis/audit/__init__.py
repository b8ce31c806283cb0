"""The audit of acts and looks: written in the same transaction, told to whose record it is, watched and limited."""

from chassis.audit.writing import NOBODY, SEEN, Seen, accounted, act, look

__all__ = ["NOBODY", "SEEN", "Seen", "accounted", "act", "look"]
