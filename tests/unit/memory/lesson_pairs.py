"""Pairs of lessons and what a careful reader says about them, written before the rules that are measured on them.

Each side is "when | do" or "when | do | unless"; an empty `when` means always.
"""

from purpose_agent.memory.cards import MemoryCard

CONTRADICTION = (
    (
        "the list may be empty | Always check for an empty list first.",
        "the list may be empty | Never check for an empty list first.",
    ),
    ("code is written | Use tabs for indentation.", "code is written | Use spaces for indentation."),
    ("code is written | Indent with 2 spaces.", "code is written | Indent with 4 spaces."),
    ("| Answer in German.", "| Answer in English."),
    ("a list is sorted | Sort in ascending order.", "a list is sorted | Sort in descending order."),
    (
        "an error is caught | Log the error before raising it again.",
        "an error is caught | Log the error after raising it again.",
    ),
    ("a report is written | Put the summary first.", "a report is written | Put the summary last."),
    ("a function gets bad input | Return None.", "a function gets bad input | Return an empty list."),
    ("strings are built | Use f-strings.", "strings are built | Avoid f-strings."),
    (
        "a blog post is written | Use humour in the opening.",
        "a blog post is written | Do not use humour in the opening.",
    ),
    ("tests are written | Mock the database.", "tests are written | Don't mock the database."),
    ("a letter is written | Address the reader formally.", "a letter is written | Address the reader informally."),
    ("numbers are printed | Round to 2 decimals.", "numbers are printed | Round to three decimals."),
    ("data is loaded | Drop rows with missing values.", "data is loaded | Keep rows with missing values."),
    (
        "a search runs | Prefer breadth-first search over depth-first search.",
        "a search runs | Prefer depth-first search over breadth-first search.",
    ),
    (
        "an object is copied | Use a deep copy instead of a shallow copy.",
        "an object is copied | Use a shallow copy instead of a deep copy.",
    ),
    ("names are chosen | Write names in snake_case.", "names are chosen | Write names in camelCase."),
    ("results are exported | Save the table as CSV.", "results are exported | Save the table as JSON."),
    ("times are stored | Store times in UTC.", "times are stored | Store times in local time."),
    ("| Include the sources in the answer.", "| Exclude the sources from the answer."),
    (
        "a problem has overlapping parts | Solve it recursively.",
        "a problem has overlapping parts | Solve it iteratively.",
    ),
    ("a request fails | Retry at most 3 times.", "a request fails | Retry at most 10 times."),
    (
        "an essay is written | You must cite a source for every claim.",
        "an essay is written | Never cite a source for every claim.",
    ),
    ("| Keep answers short.", "| Keep answers long."),
    ("a cache is used | Enable the cache during tests.", "a cache is used | Disable the cache during tests."),
    ("| Antworte immer auf Deutsch.", "| Antworte immer auf Englisch."),
    ("Code geschrieben wird | Verwende Tabulatoren.", "Code geschrieben wird | Verwende keine Tabulatoren."),
    (
        "ein Bericht entsteht | Beginne mit der Zusammenfassung.",
        "ein Bericht entsteht | Beginne nie mit der Zusammenfassung.",
    ),
    (
        "une liste peut être vide | Vérifie toujours la liste vide.",
        "une liste peut être vide | Ne vérifie jamais la liste vide.",
    ),
    ("on écrit du code | Utilise des tabulations.", "on écrit du code | N'utilise pas de tabulations."),
    ("se escribe un informe | Incluye siempre un resumen.", "se escribe un informe | Nunca incluyas un resumen."),
    ("| Responde en español.", "| Responde en inglés."),
)

COMPATIBLE = (
    ("the list is empty | Return 0.", "the list has one element | Return that element."),
    ("the list is empty | Return 0.", "the list has one element | Return 1."),
    ("code is written in Python | Indent with 4 spaces.", "code is written in JavaScript | Indent with 2 spaces."),
    ("the text is short | Read it first.", "the text is long | Read it last."),
    ("the list is sorted | Use binary search.", "the list is not sorted | Do not use binary search."),
    ("| Answer in German. | the question is in English", "the question is in English | Answer in English."),
    ("a list is given | Check for an empty list.", "a list is given | Check for a list with one element."),
    ("tests fail | Read the first error first.", "tests fail | Read the last line of the output."),
    ("a plan is made | In step 2, check the input.", "a plan is made | In step 3, check the input."),
    ("numbers are parsed | Use int() for whole numbers.", "numbers are parsed | Use float() for decimals."),
    ("a text is written | Use at least 3 paragraphs.", "a text is written | Use at most 5 paragraphs."),
    ("a password is made | Use at least 8 characters.", "a password is made | Use at least 12 characters."),
    ("a loop runs | Stop before the last element.", "a loop runs | Start after the first element."),
    (
        "a task is hard | Try the method `fold(add, is_even)` first.",
        "a task is hard | Try the method `fold(max, difference)` first.",
    ),
    ("a file is read | Open the file before the loop.", "a file is read | Close the file after the loop."),
    ("an answer is given | Always name the source.", "an answer is given | Never name a person."),
    ("a table is made | Sort the rows by date.", "a table is made | Do not sort the columns."),
    ("| Never skip the tests.", "| Always run the tests."),
    ("a mail is written | Do not use jargon.", "a mail is written | Use simple words."),
    ("an index is computed | Count from 0.", "a page is numbered | Count from 1."),
    ("a cell is empty | Put the plate on countertop 1.", "a cell is full | Put the plate on countertop 2."),
    (
        "a function returns early | Add a test for the empty list.",
        "a function returns early | Remove the debug output.",
    ),
    ("a dataset is large | Read it in chunks.", "a dataset is small | Read it at once."),
    ("the user is angry | Do not joke.", "the user is cheerful | Joke a little."),
    ("die Liste leer ist | Gib 0 zurück.", "die Liste voll ist | Gib die Summe zurück."),
    ("le texte est court | Réponds en une phrase.", "le texte est long | Réponds en trois phrases."),
    ("a list has no elements | Return None.", "a list has elements | Return the first one."),
)

DUPLICATE = (
    (
        "the list may be empty | Check for an empty list first.",
        "the list may be empty | First check for an empty list.",
    ),
    (
        "the input can be empty | Check for empty input before indexing.",
        "input can be empty | Check for empty inputs before indexing.",
    ),
    ("a report is written | Put the summary first.", "a report is being written | Always put the summary first."),
    ("code is written | Use four spaces for indentation.", "code is written | Use 4 spaces for indentation."),
    ("a file is read | Close the file when done.", "a file is read | Always close the file when you are done."),
    ("| Name your sources.", "| Always name the sources."),
    (
        "numbers are summed | Beware of overflow with large numbers.",
        "numbers are summed | Beware of overflow when numbers are large.",
    ),
    (
        "a test fails | Read the error message before changing code.",
        "a test fails | Before changing code, read the error message.",
    ),
    (
        "strings are compared | Compare strings in lower case.",
        "strings are compared | Compare the strings in lower case.",
    ),
    (
        "a plate has to be clean | Clean the plate in the sinkbasin before putting it on the countertop.",
        "the plate has to be clean | Clean the plate in the sinkbasin, then put it on the countertop.",
    ),
    ("strings are built | Avoid concatenation in loops.", "strings are built | Do not use concatenation in loops."),
    ("a result is shown | Don't forget to round the numbers.", "a result is shown | Always round the numbers."),
    ("| Antworte in kurzen Sätzen.", "| Antworte immer in kurzen Sätzen."),
)

UNRELATED = (
    ("the list may be empty | Check for an empty list first.", "a letter is written | Never use slang."),
    ("a report is written | Put the summary first.", "numbers are printed | Round to 2 decimals."),
    ("| Answer in German.", "code is written | Use tabs for indentation."),
    ("a date is printed | Write the year first.", "a race is run | Start last."),
    ("a file is read | Close the file when done.", "a shop opens | Open the door before nine."),
    ("a query is slow | Add an index.", "a soup is salty | Remove the salt."),
    ("tests are written | Mock the database.", "a mail is sent | Do not attach large files."),
    ("times are stored | Store times in UTC.", "results are exported | Save the table as JSON."),
    ("an error is caught | Log it.", "a song is sung | Never sing it twice."),
    ("a request fails | Retry at most 3 times.", "a plan is made | Name 5 risks."),
    ("ein Bericht entsteht | Beginne mit der Zusammenfassung.", "die Liste leer ist | Gib nie 0 zurück."),
    ("the maximum is sought | Start from the first element.", "the minimum is sought | Do not start from zero."),
)

AFTERWARDS = (
    ("contradiction", "a test is slow | Skip the slow tests.", "a test is slow | Do not skip the slow tests."),
    ("contradiction", "a path is built | Use forward slashes.", "a path is built | Never use forward slashes."),
    (
        "contradiction",
        "a list is returned | Sort it before returning it.",
        "a list is returned | Don't sort it before returning it.",
    ),
    ("contradiction", "code is reviewed | Comment every line.", "code is reviewed | Avoid comments on every line."),
    (
        "contradiction",
        "dates are parsed | Accept dates without a year.",
        "dates are parsed | Reject dates without a year.",
    ),
    ("contradiction", "| Reply in French.", "| Reply in Italian."),
    ("contradiction", "a chart is drawn | Show the legend.", "a chart is drawn | Hide the legend."),
    ("contradiction", "a page is printed | Leave a margin of 2 cm.", "a page is printed | Leave a margin of 3 cm."),
    ("contradiction", "a name is missing | Return an empty string.", "a name is missing | Return None."),
    (
        "contradiction",
        "a value is looked up | Use a dictionary rather than a list.",
        "a value is looked up | Use a list rather than a dictionary.",
    ),
    ("contradiction", "| Nenne immer die Quelle.", "| Nenne nie die Quelle."),
    ("contradiction", "| Mets toujours un titre.", "| Ne mets jamais de titre."),
    ("compatible", "a test is slow | Skip the slow tests.", "a test is fast | Do not skip it."),
    ("compatible", "a request times out | Wait 5 seconds.", "a request is refused | Wait 60 seconds."),
    ("compatible", "a list is long | Show the first ten rows.", "a list is long | Show the total at the end."),
    (
        "compatible",
        "a loop is written | Do not change the list inside the loop.",
        "a loop is written | Change the list after the loop.",
    ),
    ("compatible", "a word is counted | Ignore capitals.", "a name is printed | Keep capitals."),
    ("compatible", "a letter ends | Close with a greeting.", "a letter begins | Open with a greeting."),
    ("compatible", "| Never guess a number.", "| Always give a number with its unit."),
    ("compatible", "a table has no header | Add a header.", "a table has two headers | Remove a header."),
    ("compatible", "the file is large | Read 1000 lines at a time.", "the file is small | Read all lines."),
    ("compatible", "a mail is short | Use one greeting.", "a mail is long | Use two paragraphs."),
    (
        "compatible",
        "a search finds nothing | Try other words.",
        "a search finds too much | Do not try other words, add some.",
    ),
    ("compatible", "| Use metric units. | the reader is American", "the reader is American | Use imperial units."),
    ("duplicate", "a chart is drawn | Label both axes.", "a chart is drawn | Always label both of the axes."),
    (
        "duplicate",
        "a file is missing | Say which file is missing.",
        "the file is missing | Say which file it is that is missing.",
    ),
    ("unrelated", "a chart is drawn | Label both axes.", "a request fails | Never retry twice."),
    ("unrelated", "a soup is cooked | Add salt last.", "a list is sorted | Put the smallest first."),
)
"""Written after the rules were settled, and not used to change them."""

LABELLED = (
    *(("contradiction", *pair) for pair in CONTRADICTION),
    *(("compatible", *pair) for pair in COMPATIBLE),
    *(("duplicate", *pair) for pair in DUPLICATE),
    *(("unrelated", *pair) for pair in UNRELATED),
)


def card(words: str) -> MemoryCard:
    when, do, *unless = (part.strip() for part in words.split("|"))
    return MemoryCard(kind="skill_card", when=when, do=do, unless="".join(unless))
