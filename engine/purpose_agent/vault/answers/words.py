"""Words that make two sentences say the same, or the opposite. Data only; English, but for the
commonest negations.

Facts need other lists than lessons do: here "open" and "closed" turn a sentence round, there "use" and "avoid".
"""

from purpose_agent.models.builtin.alike import common


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _opposites(pairs: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in pairs.split():
        left, right = ([common(word) for word in side.split(",")] for side in pair.split("/"))
        for one in left:
            found.setdefault(one, set()).update(right)
        for one in right:
            found.setdefault(one, set()).update(left)
    return {word: frozenset(others - {word}) for word, others in found.items()}


OPPOSITES: dict[str, frozenset[str]] = _opposites(
    """
    increase,rise,grow,gain,improve/decrease,fall,decline,drop,shrink,worsen,loss allow/forbid open/closed start/end
    before/after earlier/later early/late first/last more/less more/fewer most/least maximum/minimum higher/lower
    highest/lowest larger,bigger,greater/smaller largest,biggest/smallest longer/shorter longest/shortest faster/slower
    older/younger oldest/youngest newer/older above/below over/under inside/outside indoors/outdoors include/exclude
    included/excluded with/without accept,approve/reject,refuse,deny win/lose buy/sell import/export enable/disable
    add/remove public/private same/different possible/impossible legal/illegal safe/unsafe,dangerous true/false
    positive/negative strong/weak hot/cold warm/cold wet/dry full/empty rich/poor north/south east/west
    northern/southern eastern/western left/right male/female man/woman husband/wife king/queen
    father/mother son/daughter brother/sister
    day/night morning/evening summer/winter spring/autumn
    optional,voluntary/require agree/disagree support/oppose succeed/fail success/failure pass/fail agonist/antagonist
    activate/inhibit,suppress activation/inhibition upregulate/downregulate upregulated/downregulated common/rare
    presence/absence present/absent permanent/temporary able/unable borrow/lend love/hate on/off expand/contract
    majority/minority credit/debit hard/easy difficult/easy heavy/light thick/thin wide/narrow deep/shallow clean/dirty
    heavier/lighter taller/shorter thicker/thinner wider/narrower warmer,hotter/colder,cooler richer/poorer
    cheaper/dearer,pricier expensive/cheap paid/unpaid eligible/ineligible valid/invalid known/unknown likely/unlikely
    usual/unusual
    """
)
"""Stem → the stems that mean the opposite."""

NEGATIONS = _set(
    """
    not no never none neither nor nobody nothing nowhere without cannot hardly barely lack lacks lacking
    nicht kein keine keinen keinem keiner keines niemals pas jamais aucun aucune nunca ningún ninguno ninguna niet geen
    nooit não non ikke inte не нет никогда
    """
)
NEGATING_VERBS = _set("fail fails failed refuse refuses refused deny denies denied prevent prevents prevented")
UNIVERSAL = _set("all every each always everyone everybody everything entirely anyone anybody")
PARTIAL = _set("some most many few several often sometimes usually generally mostly partly occasionally rarely")
ONLY = _set("only solely exclusively sole alone")
OBLIGED = _set("must shall obliged obligatory mandatory compulsory required")
FREE_TO = _set("may might optional optionally voluntary")

AT_LEAST = ("at least", "no less than", "not less than", "no fewer than", "minimum of", "or more")
AT_MOST = (
    "at most",
    "no more than",
    "not more than",
    "up to",
    "maximum of",
    "or less",
    "or fewer",
    "not exceed",
    "not exceeding",
)
OVER = ("more than", "over", "above", "exceeding", "greater than")
UNDER = ("less than", "fewer than", "under", "below")

REFERRING = _set("he she it they him them his her its their this these those")

_MONTHS = (
    "january,jan february,feb march,mar april,apr may june,jun july,jul august,aug september,sept,sep october,oct "
    "november,nov december,dec"
)
MONTHS = {name: number for number, names in enumerate(_MONTHS.split(), 1) for name in names.split(",")}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
SHORT_SCALES = {"k": 1_000, "m": 10**6, "mn": 10**6, "bn": 10**9}
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), 1)}

UNITS: dict[str, tuple[str, float]] = {
    name: (base, factor)
    for names, base, factor in (
        ("second seconds sec secs s", "time", 1 / 60),
        ("minute minutes min mins", "time", 1),
        ("hour hours hr hrs h", "time", 60),
        ("day days", "time", 1_440),
        ("week weeks", "time", 10_080),
        ("fortnight fortnights", "time", 20_160),
        ("month months", "month", 1),
        ("year years", "month", 12),
        ("decade decades", "month", 120),
        ("century centuries", "month", 1_200),
        ("mm millimetre millimetres millimeter millimeters", "length", 0.001),
        ("cm centimetre centimetres centimeter centimeters", "length", 0.01),
        ("metre metres meter meters", "length", 1),
        ("km kilometre kilometres kilometer kilometers", "length", 1_000),
        ("inch inches", "inch", 1),
        ("foot feet ft", "foot", 1),
        ("mile miles", "mile", 1),
        ("mg milligram milligrams", "weight", 0.001),
        ("g gram grams", "weight", 1),
        ("kg kilogram kilograms kilo kilos", "weight", 1_000),
        ("tonne tonnes", "weight", 10**6),
        ("pound pounds £ gbp", "pound", 1),
        ("ml millilitre millilitres milliliter milliliters", "volume", 0.001),
        ("litre litres liter liters", "volume", 1),
        ("% percent", "percent", 1),
        ("€ euro euros eur", "euro", 1),
        ("$ dollar dollars usd", "dollar", 1),
        ("¥ yen", "yen", 1),
        ("cent cents", "cent", 1),
        ("volt volts", "volt", 1),
        ("watt watts w", "watt", 1),
        ("kw kilowatt kilowatts", "watt", 1_000),
        ("kb kilobyte kilobytes", "byte", 10**3),
        ("mb megabyte megabytes", "byte", 10**6),
        ("gb gigabyte gigabytes", "byte", 10**9),
        ("degree degrees °", "degree", 1),
    )
    for name in names.split()
}
"""Word → what it measures, and how much of the base unit it is."""
