"""Where the files that ship with the package are: samples, suites, pages."""

from pathlib import Path


def resource_root() -> Path:
    """`_bundle` beside the package when it was installed, else the checkout that holds `engine/`."""
    package = Path(__file__).resolve().parent
    bundle = package / "_bundle"
    return bundle if bundle.is_dir() else package.parents[1]
