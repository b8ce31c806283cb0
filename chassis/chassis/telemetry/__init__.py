"""What a service tells about itself: structured logs, metrics, traces. Personal data never enters any of them."""
