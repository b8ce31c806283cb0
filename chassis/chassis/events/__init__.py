"""Events between services: recorded with their change, published by one relay per partition, taken in exactly-once effect."""
