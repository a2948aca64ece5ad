"""Lessons as a real table: headers that sort, a switch for what is in use, each sentence a way to its own page.

Streamlit's data frame is painted on a canvas, which neither a screen reader nor the keyboard gets into, so this is a
small component of its own: it draws what Python gives it as text and tells which button was pressed.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

_KEY = "lessons_table"

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const held = parentElement.contains(document.activeElement) ? document.activeElement.dataset.name : "";
  const make = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const fill = (place, text) =>  // what stands between backticks is code, as everywhere else
    text.split(/`([^`]+)`/).forEach((part, at) => place.append(at % 2 ? make("code", part) : part));
  const press = (text, what, id, attributes = {}) => {
    const button = make("button", "", { type: "button", "data-name": `${what} ${id}`, ...attributes });
    fill(button, text);
    button.onclick = () => setTriggerValue("pressed", { what, id });
    return button;
  };
  const table = make("table", "", { class: "pa-table" });
  table.append(make("caption", data.caption));
  const head = table.createTHead().insertRow();
  for (const column of data.columns) {
    const order = column.name !== data.sort ? "none" : data.descending ? "descending" : "ascending";
    const cell = make("th", "", { scope: "col", class: `pa-c-${column.name}` });
    if (column.sorts) {
      cell.setAttribute("aria-sort", order);
      const arrow = { none: "", ascending: " ↑", descending: " ↓" }[order];
      cell.append(press(column.label + arrow, "sort", column.name));
    } else cell.textContent = column.label;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of data.rows) {
    const line = body.insertRow();
    if (row.group) {
      line.append(make("th", row.group, { scope: "rowgroup", colspan: data.columns.length, class: "pa-group" }));
      continue;
    }
    const first = make("th", "", { scope: "row", class: "pa-c-text", dir: "auto" });
    first.append(press(row.cells[0], "open", row.id));
    line.append(first);
    row.cells.slice(1).forEach((text, at) => {
      const column = data.columns[at + 1];
      const cell = make("td", text, { class: `pa-c-${column.name}`, "data-label": column.label });
      if (column.name === "status") cell.dataset.status = row.status;
      line.append(cell);
    });
    const last = make("td", "", { class: "pa-c-on", "data-label": "On" });
    if (row.on !== null) {
      const name = `In use: ${row.cells[0]}`;
      last.append(press("", "switch", row.id, { role: "switch", "aria-checked": String(row.on), "aria-label": name }));
    }
    line.append(last);
  }
  let place = parentElement.querySelector(".pa-table-place");
  if (!place) parentElement.append((place = make("div", "", { class: "pa-table-place" })));
  place.replaceChildren(table);
  if (held) [...table.querySelectorAll("button")].find((one) => one.dataset.name === held)?.focus();
}
"""

Press = Literal["sort", "open", "switch"]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    sorts: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` in the order of the columns, without the switch; `on` None = it has no switch; `group`: a heading."""

    id: str = ""
    cells: tuple[str, ...] = ()
    status: str = ""
    on: bool | None = None
    group: str = ""


def draw_table(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    caption: str,
    sort: str,
    descending: bool,
    on_press: Callable[[Press, str], None],
) -> None:
    """`on_press` is told what was pressed, and on which column or lesson, before the page is drawn again."""

    def pressed() -> None:
        press = st.session_state[_KEY]["pressed"]
        on_press(press["what"], str(press["id"]))

    _component()(
        key=_KEY,
        data={
            "columns": [asdict(column) for column in (*columns, Column("on", "On", sorts=False))],
            "rows": [asdict(row) for row in rows],
            "caption": caption,
            "sort": sort,
            "descending": descending,
        },
        on_pressed_change=pressed,
    )


@st.cache_resource(show_spinner=False)
def _component():  # type: ignore[no-untyped-def]  # Streamlit does not export the type of a renderer
    return st.components.v2.component("lesson_table", js=_JS, isolate_styles=False)
