"""How an answer is checked: each check says passed, failed or not decided, with a sentence why."""
