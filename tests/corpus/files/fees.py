class Fees:
    """What a return costs."""


def fee_of(article):
    return 5
