"""Prints where the jar of openapi-generator lies."""

import importlib.resources

print(importlib.resources.files("openapi_generator_cli") / "openapi-generator.jar")
