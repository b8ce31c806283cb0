"""Envelopes on their way to the door: addresses, shipments, hand-over, loss, offices."""
