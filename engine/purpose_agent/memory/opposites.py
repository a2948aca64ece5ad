"""Words that reverse a lesson, in English, German, French and Spanish, with some Italian and Portuguese.

Data only. Three sorts: words that negate what to do, pairs of words that mean the opposite of each other, and values of
which only one can hold at a time (an answer is in one language, an indent is tabs or spaces).
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _names(words: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(names.split("/")) for names in words.split())


def _pairs(words: str) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in _names(words))


NEGATIONS = _set(
    """
    never avoid refrain forget neglect omit skip don't dont doesn't shouldn't mustn't cannot can't won't nie
    niemals nicht kein keine keinen keinem keiner vermeide vermeiden unterlasse jamais évite éviter évitez
    nunca jamás evita evitar evite mai evitare non não
    """
)
"""Each reverses the act wherever it stands; two of them cancel out ("never skip the tests")."""

NEGATING_WITH = _set(
    """
    do does did must should shall can could may might will would to
    """
)
"""English "not" reverses the act only after one of these; elsewhere it describes a thing ("a list not sorted")."""

STRONG = _set(
    """
    always must should shall please ever every be sure make remember do does will need try immer stets bitte
    soll sollst sollte muss musst toujours il faut doit dois devez veuillez ne n pas siempre debe debes hay
    que deve devi sempre deves
    """
)
"""They say how firmly something is meant, or belong to a negation; what is to be done does not depend on them."""

LIGHT = _set(
    """
    use using used apply employ verwende verwenden benutze nutze utilise utilisez utiliser emploie usa usar
    utiliza usare utilizza prefer
    """
)
"""Verbs that say no more than "do it with": "avoid tabs" is the opposite of "use tabs"."""

OPPOSITES: tuple[tuple[str, str], ...] = _pairs(
    """
    first/last before/after ascending/descending increasing/decreasing increase/decrease include/exclude
    enable/disable allow/forbid permit/forbid add/remove keep/drop keep/delete keep/remove keep/discard
    more/less more/fewer maximum/minimum max/min largest/smallest biggest/smallest longest/shortest
    highest/lowest long/short longer/shorter upper/lower uppercase/lowercase start/end begin/end top/bottom
    left/right open/close public/private synchronous/asynchronous mutable/immutable accept/reject show/hide
    early/late earlier/later with/without deep/shallow strict/lenient verbose/concise simple/complex
    formally/informally formal/informal recursively/iteratively recursion/iteration inside/outside
    above/below lock/unlock merge/split forward/backward zuerst/zuletzt vor/nach aufsteigend/absteigend
    kurz/lang mit/ohne erste/letzte avant/après premier/dernier croissant/décroissant court/long avec/sans
    inclure/exclure inclus/exclus antes/después primero/último ascendente/descendente corto/largo con/sin
    incluir/excluir incluye/excluye
    """
)

VALUES: dict[str, tuple[tuple[str, ...], ...]] = {
    "language": _names(
        """
        english/englisch/anglais/inglés/inglese german/deutsch/allemand/alemán/tedesco
        french/französisch/français/francés spanish/spanisch/espagnol/español italian/italienisch/italiano
        portuguese/português dutch/nederlands russian/russisch chinese/chinesisch japanese/japanisch polish
        hindi arabic turkish ukrainian korean
        """
    ),
    "indent": (("tab", "tabs", "tabulatoren", "tabulations"), ("space", "spaces", "leerzeichen", "espaces")),
    "case": (("snake_case",), ("camelcase",), ("pascalcase",), ("kebab-case",)),
    "format": (("csv",), ("json",), ("yaml",), ("xml",), ("html",), ("markdown",), ("toml",), ("pdf",), ("parquet",)),
    "zone": (("utc",), ("local",)),
    "units": (("metric",), ("imperial",)),
    "quotes": (("single",), ("double",)),
    "given back": (
        ("none", "null"), ("empty list", "[]"), ("empty string", '""', "''"), ("true",), ("false",), ("error",),
    ),
}  # fmt: skip
"""Class → its values; the first name of each value is the one that is shown."""

NUMBER_WORDS = {
    word: str(number)
    for first, words in (
        (0, "zero one two three four five six seven eight nine ten"),
        (2, "zwei drei vier fünf sechs sieben acht neun zehn"),
        (2, "deux trois quatre cinq six sept huit neuf dix"),
        (2, "dos tres cuatro cinco seis siete ocho nueve diez"),
    )
    for number, word in enumerate(words.split(), first)
}
"""Without the words for one that are articles too."""
NUMBERED = _set(
    """
    step case part chapter question page item trial level line version example rule point row column figure
    number no schritt teil seite zeile étape page paso parte línea
    """
)
"""A number after one of these names a thing ("step 2"); it is no amount that another lesson could contradict."""

LITTLE = _set(
    """
    a an the this that these those it its of in on at for to from by as is are was were be been being and or
    but if when whenever then so than there their them they you your we our i my he she his her which who
    what where how why any some all each both such only just also into onto out up down over under while
    during has have had having not no can could may might would one thing way case der die das ein eine
    einen einem einer eines und oder ist sind im am in auf mit zu den dem des wenn dann bei man du le la les
    l un une des de du d et ou est sont dans sur à au aux en ce se si on vous el los las una unos de del y o
    es son en al lo se su
    """
)
"""Words too common to say what a lesson is about."""
