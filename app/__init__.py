"""The browser app: screens over the engine, one local process."""
