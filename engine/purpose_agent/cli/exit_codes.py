"""What a command's exit code says: see the package's docstring for the words."""

WORKED, RUN_FAILED, WRITTEN_WRONGLY, SETTING_WRONG, STOPPED = 0, 1, 2, 3, 130
