"""The pack: one small function per conformance module, run against any provider that a Target describes."""
