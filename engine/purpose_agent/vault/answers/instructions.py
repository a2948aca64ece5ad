"""What a model is told that answers from documents: the same in a team's run and in `Vault.ask`."""

READER = (
    "Answer from the sources only. End each sentence with its source, as [1]. "
    "If the sources do not say it, say that they do not."
)
