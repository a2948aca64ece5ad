"""Words that mean nearly the same: irregular forms and the nearest synonyms, in English."""

import unicodedata
from functools import lru_cache

from purpose_agent.models.builtin.sentences import STOP_WORDS, WORD, stem


def _groups(lines: str) -> dict[str, str]:
    """Each stem of a line → the stem of its first word."""
    return {stem(word): stem(line.split()[0]) for line in lines.strip().splitlines() for word in line.split()}


_ALIKE: dict[str, str] = _groups(
    """
    begin began begun start started commence onset
    end ended finish finished conclude cease terminate
    buy bought purchase purchased
    sell sold
    pay paid payment payable
    repay repaid refund refunded reimburse reimbursed
    give gave given grant granted provide provided
    take took taken
    get got gotten obtain receive received
    go went gone
    come came
    make made
    build built construct constructed erect
    establish established
    find found discover discovered
    write wrote written
    say said state stated
    tell told
    know knew known
    think thought believe believed
    show showed shown demonstrate demonstrated indicate
    see saw seen observe observed
    keep kept retain retained
    hold held
    leave left depart departed
    lose lost loss
    win won
    choose chose chosen chuse elect elected pick select selected
    become became
    bring brought
    send sent dispatch dispatched ship
    spend spent
    teach taught
    lead led
    meet met
    grow grew grown
    fall fell fallen
    rise rose risen
    speak spoke spoken
    break broke broken
    lend lent loan
    mean meant
    feel felt
    run ran
    sit sat
    stand stood
    allow allowed permit permitted
    forbid forbidden prohibit prohibited ban banned disallow
    require required need needed necessary must mandatory obligatory compulsory
    help assist assistance aid
    use used utilize utilise employ
    increase increased raise raised
    decrease decreased reduce reduced lower lowered
    big large huge
    small little tiny
    largest biggest greatest
    fast quick rapid
    car automobile vehicle
    job occupation
    child children kid
    man men
    woman women
    person people persons individual
    foot feet
    mouse mice
    company firm business
    cost price fee charge
    money fund
    year annual annually yearly
    month monthly
    week weekly
    day daily
    hour hourly
    error mistake
    entire whole complete full
    near close
    country nation
    doctor physician
    illness disease sickness
    drug medicine medication
    law statute
    show display
    fix repair mend
    replace substitute
    contact reach
    answer reply respond response
    ask request requested
    inform notify notice notification
    problem issue
    method approach technique
    result outcome
    main primary principal chief
    important significant
    different distinct
    many numerous
    part portion
    several various
    remove delete eliminate
    add append
    change modify alter amend
    approve consent agree agreement
    decide determine decision
    try attempt
    live reside inhabitant resident
    die died death dead
    born birth
    stop halt
    wait await
    open opened
    close closed shut
    free gratis
    goods item items product products merchandise
    parcel package
    shop store
    picture image photo photograph
    film movie
    journal magazine
    about approximately roughly around
    """
)
"""Irregular forms and the nearest synonyms; both sides of a comparison are put in the form of the first word."""


_APART = dict.fromkeys(("founded", "founding", "founder", "founders"), "establish")
"""Forms whose stem is that of another word: "found" is of "find"."""


@lru_cache(maxsize=20_000)
def common(word: str) -> str:
    """The stem that stands for this lower-case word and its nearest synonyms, with or without accents."""
    word = unaccented(word)
    root = stem(word)
    return _APART.get(word) or _ALIKE.get(root, root)


def unaccented(word: str) -> str:
    """Latin letters without their accents; other scripts as they are."""
    if word.isascii():
        return word
    parts = ((c, unicodedata.normalize("NFKD", c)[0]) for c in word)
    return "".join(base if base.isascii() else c for c, base in parts)


def meanings(text: str) -> list[str]:
    """The content words of a text, each as the stem that stands for it."""
    words = WORD.findall(text.lower().replace("’", "'"))
    return [common(word) for word in words if word.split("'", maxsplit=1)[0] not in STOP_WORDS]
