"""The built-in model: program search from examples, and sentences found in documents. No language model.

`BuiltinBackend` is the public name. It is honest about what it is: what it cannot do it refuses, with what would help.
"""

from purpose_agent.models.builtin.backend import BuiltinBackend
from purpose_agent.models.builtin.errors import BuiltinRefusal

__all__ = ["BuiltinBackend", "BuiltinRefusal"]
