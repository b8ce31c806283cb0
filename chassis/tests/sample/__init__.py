"""A tiny service on the chassis, as small as a service can be: papers that are filed and stamped."""
