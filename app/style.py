"""The look that Streamlit's theme cannot say, in one place: hairlines, the cell, the score line.

Every colour is given for both themes and keeps 4.5:1 on its paper. Class names begin with `pa-`, those
of keyed containers with `st-key-`.
"""

import streamlit as st

_CSS = """<span class="pa-style"></span><style>
.stElementContainer:has(.pa-style), .stElementContainer:has(.pa-keys) { display: none; }
.stMainBlockContainer { max-width: 46rem; padding-top: 3.5rem; padding-bottom: 6rem; }
.stMainBlockContainer:has(.pa-wide) { max-width: 68rem; }
:root { --pa-soft: light-dark(#5a686b, #a3b0b2); --pa-line: light-dark(#dfe5e5, #313b3d);
  --pa-accent: light-dark(#0f6b6b, #5cc2bd); --pa-amber: light-dark(#8a5a00, #e0b060);
  --pa-bad: light-dark(#a3302f, #f0908d); --pa-ink: light-dark(#1f2a2c, #e4ebeb);
  --pa-blue: light-dark(#0b5a8f, #82bdf0); --pa-green: light-dark(#1d6b38, #8ed09a); }
.stApp a:focus-visible, .stApp summary:focus-visible, .pa-prompt:focus-visible { outline: 2px solid var(--pa-accent);
  outline-offset: 2px; }
.stApp label:has(input:focus-visible) { outline: 2px solid var(--pa-accent); outline-offset: 2px; border-radius: 4px; }
.stApp .token { color: var(--pa-ink) !important; }
.stApp .token:is(.keyword, .function, .builtin, .boolean, .class-name) { color: var(--pa-blue) !important; }
.stApp .token:is(.string, .inserted) { color: var(--pa-green) !important; }
.stApp .token:is(.number, .coord) { color: var(--pa-accent) !important; }
.stApp .token.comment { color: var(--pa-soft) !important; }
.stApp .token.deleted { color: var(--pa-bad) !important; }
.stApp kbd { color: inherit !important; opacity: 1 !important; }
.stMain .stMarkdown :is(p, li, h1, h2, h3) { unicode-bidi: plaintext; text-align: start; }
[data-testid="stPopoverButton"][aria-expanded="true"] { color: var(--pa-ink); }
[data-testid="stPopoverBody"] { max-height: min(85vh, 52rem) !important; }
[data-testid="stPopoverBody"] [data-testid="stFileUploaderDropzone"] * { white-space: normal; }
.stApp h1 { letter-spacing: -0.015em; line-height: 1.25; padding-bottom: 0.25rem; }
.pa-soft { color: var(--pa-soft); font-size: 0.875rem; line-height: 1.5; margin: 0; overflow-wrap: anywhere; }
.stApp [data-testid="stCaptionContainer"],
.stApp [data-testid="stExpander"] summary { color: var(--pa-soft); opacity: 1; }
.stApp ::placeholder { color: var(--pa-soft); opacity: 1; }
p.pa-soft, .pa-table caption { max-width: 46rem; }
.pa-soft b { font-weight: 600; }
.pa-lead { color: var(--pa-soft); font-size: 1.0625rem; line-height: 1.6; margin: 0; max-width: 40rem; }
.pa-n { color: var(--pa-soft); font: 0.8125rem/1.6 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  min-width: 2.1rem; padding-top: 0.2rem; white-space: nowrap; }
.pa-meter { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.75rem; font-size: 0.875rem;
  line-height: 1.6; }
.pa-meter .pa-phi { font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pa-meter .pa-right { margin-left: auto; color: var(--pa-soft); font-variant-numeric: tabular-nums; }
.pa-meter .pa-pale { color: var(--pa-soft); }
.pa-bar { display: inline-block; width: 4.5rem; height: 0.375rem; border-radius: 1rem; background: var(--pa-line);
  vertical-align: middle; overflow: hidden; }
.pa-bar > span { display: block; height: 100%; border-radius: 1rem; background: var(--pa-accent); }
.pa-bar.pa-pale > span { background: var(--pa-soft); }
.pa-spark { display: inline-flex; align-items: flex-end; gap: 2px; height: 1rem; }
.pa-spark i { width: 4px; border-radius: 1px; background: var(--pa-accent); opacity: 0.5; }
.pa-spark i:last-child { opacity: 1; }
.pa-tries { display: flex; align-items: flex-end; gap: 2px; height: 3.5rem; margin: 0.5rem 0 0.25rem;
  border-bottom: 1px solid var(--pa-line); }
.pa-tries i { flex: 1 1 0; max-width: 14px; border-radius: 1px 1px 0 0; background: var(--pa-accent); }
[data-variant="segmented_control"][aria-checked="true"],
[data-variant="segmented_control"][aria-checked="true"] p { color: var(--pa-accent) !important; }
.pa-tag { display: inline-block; font-size: 0.75rem; line-height: 1.35rem; padding: 0 0.5rem; border-radius: 1rem;
  border: 1px solid var(--pa-line); color: var(--pa-soft); white-space: nowrap; }
.pa-tag.pa-good { color: var(--pa-accent); border-color: var(--pa-accent); }
.pa-tag.pa-wait { color: var(--pa-amber); border-color: var(--pa-amber); }
.pa-tag.pa-bad { color: var(--pa-bad); border-color: var(--pa-bad); }
.pa-live::before { content: ""; display: inline-block; width: 0.5rem; height: 0.5rem; margin-right: 0.5rem;
  border-radius: 50%; background: var(--pa-accent); animation: pa-breathe 1.4s ease-in-out infinite; }
@keyframes pa-breathe { 50% { opacity: 0.25; } }
@media (prefers-reduced-motion: reduce) { .pa-live::before { animation: none; } }
.pa-quote { margin: 0.15rem 0 0.5rem; padding-left: 0.9rem; border-left: 2px solid var(--pa-line); font-size: 0.9375rem;
  white-space: pre-wrap; }
.pa-facts { width: 100%; border-collapse: collapse; font-size: 0.875rem; table-layout: fixed; }
.pa-facts th, .pa-facts td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0;
  border-bottom: 1px solid var(--pa-line); overflow-wrap: anywhere; white-space: pre-wrap; font-weight: 400; }
.pa-facts thead th { color: var(--pa-soft); font-size: 0.8125rem; }
.pa-facts th:first-child { width: 9rem; color: var(--pa-soft); }
.stApp .pa-log :is(th, td) { width: auto; }
.pa-facts mark { background: color-mix(in srgb, var(--pa-accent) 18%, transparent); color: inherit; }
.pa-lesson { font-size: 1.1875rem; line-height: 1.55; margin: 0.4rem 0 0; font-weight: 500; overflow-wrap: anywhere;
  unicode-bidi: plaintext; text-align: start; scroll-margin-top: 5rem; }
.pa-lesson:focus { outline: none; box-shadow: -0.75rem 0 0 -0.5rem var(--pa-accent); }
.pa-sentence { margin: 0 0 0.35rem; line-height: 1.55; overflow-wrap: anywhere; unicode-bidi: plaintext;
  text-align: start; }
.stApp :is(.pa-lesson, .pa-sentence) code { font-size: 0.9em; overflow-wrap: anywhere; }
.pa-found { background: color-mix(in srgb, var(--pa-amber) 16%, transparent); color: inherit;
  text-decoration: underline wavy var(--pa-amber) 1px; text-underline-offset: 3px; border-radius: 2px; }
.pa-found sup { font-size: 0.7em; font-weight: 600; padding-left: 1px; }
.pa-findings { margin: 0.25rem 0 0; padding-left: 1.4rem; font-size: 0.875rem; color: var(--pa-amber); }
.pa-findings li { margin: 0; padding: 0; font-size: 0.875rem; line-height: 1.5; overflow-wrap: anywhere; }
.stApp .pa-pairs { margin: 0.25rem 0 0; padding: 0; font-size: 0.9375rem; line-height: 1.55; }
.pa-pairs > div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 0 1rem; padding: 0.5rem 0;
  border-top: 1px solid var(--pa-line); }
.stApp .pa-pairs :is(dt, dd) { margin: 0; padding: 0; }
.pa-pairs dt { color: var(--pa-soft); font-weight: 400; font-size: 0.875rem; }
.pa-pairs dd { min-width: 0; }
.pa-pairs dd p { margin: 0 0 0.15rem; overflow-wrap: anywhere; }
.pa-pairs .pa-quote { margin: 0.35rem 0; font-size: 0.8125rem; color: var(--pa-soft); overflow-wrap: anywhere; }
.pa-interval { position: relative; height: 2.6rem; max-width: 22rem; margin: 0.5rem 1.5rem 0.1rem; }
.pa-interval::before { content: ""; position: absolute; left: 0; right: 0; top: 0.7rem;
  border-top: 1px solid var(--pa-soft); opacity: 0.6; }
.pa-interval .pa-zero { position: absolute; left: 50%; top: 0; height: 1.4rem; border-left: 1px solid var(--pa-soft); }
.pa-interval .pa-band { position: absolute; top: 0.35rem; height: 0.7rem; min-width: 3px; border-radius: 2px;
  background: color-mix(in srgb, var(--pa-accent) 45%, transparent); border: 1px solid var(--pa-accent); }
.pa-interval.pa-unclear .pa-band { background: repeating-linear-gradient(135deg, transparent 0 4px,
  color-mix(in srgb, var(--pa-soft) 45%, transparent) 4px 6px); border: 1px dashed var(--pa-soft); }
.pa-interval i { position: absolute; top: 0.2rem; height: 1rem; width: 3px; margin-left: -1.5px;
  background: var(--pa-ink); border-radius: 1px; }
.pa-interval b { position: absolute; top: 1.5rem; transform: translateX(-50%); font-size: 0.75rem; font-weight: 400;
  color: var(--pa-soft); white-space: nowrap; }
.pa-tags { margin: 0; display: flex; flex-wrap: wrap; gap: 0.35rem; }
.pa-quote.pa-mono { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.pa-tags + .pa-sentence { margin-top: 0.35rem; }
.pa-findings + .pa-tags { margin-top: 0.4rem; }
.pa-table { width: 100%; border-collapse: collapse; font-size: 0.875rem; line-height: 1.5; }
.pa-table caption { text-align: left; color: var(--pa-soft); padding: 0 0 0.5rem; }
.pa-table :is(th, td) { text-align: left; vertical-align: top; font-weight: 400; padding: 0.5rem 0.75rem 0.5rem 0;
  border-bottom: 1px solid var(--pa-line); }
.pa-table thead th { color: var(--pa-soft); font-size: 0.8125rem; white-space: nowrap; }
.pa-table .pa-group { font-weight: 600; padding-top: 1.1rem; }
.pa-table .pa-c-text { min-width: 16rem; }
.pa-table td { color: var(--pa-soft); }
.pa-table td:is(.pa-c-status, .pa-c-changed, .pa-c-effect) { white-space: nowrap; font-variant-numeric: tabular-nums; }
.pa-table .pa-c-uses { text-align: right; font-variant-numeric: tabular-nums; }
.pa-table [data-status="promoted"] { color: var(--pa-accent); }
.pa-table [data-status="quarantined"] { color: var(--pa-amber); }
.pa-table button { all: unset; box-sizing: border-box; cursor: pointer; color: inherit; border-radius: 3px;
  overflow-wrap: anywhere; }
.pa-table tbody th button { color: var(--pa-ink); }
.pa-table button:hover { text-decoration: underline; text-underline-offset: 3px; }
.pa-table button:focus-visible { outline: 2px solid var(--pa-accent); outline-offset: 2px; }
.pa-table [role="switch"] { position: relative; width: 2rem; height: 1.15rem; border-radius: 1rem;
  border: 1px solid var(--pa-soft); }
.pa-table [role="switch"]::after { content: ""; position: absolute; top: 2px; left: 3px; width: 0.8rem; height: 0.8rem;
  border-radius: 50%; background: var(--pa-soft); }
.pa-table [role="switch"][aria-checked="true"] { background: var(--pa-accent); border-color: var(--pa-accent); }
.pa-table [role="switch"][aria-checked="true"]::after { left: auto; right: 3px; background: light-dark(#fff, #14191a); }
.pa-side { font-size: 0.9375rem !important; font-weight: 600; margin: 0 !important; padding: 0 !important; }
.pa-small-head { font-size: 1rem !important; font-weight: 600; margin: 0 !important; padding: 0 !important; }
.pa-plan p { margin: 0 0 0.2rem; }
.pa-choices { margin: 0; padding-left: 1.1rem; color: var(--pa-soft); }
.stApp .pa-choices li { font-size: 0.875rem; margin: 0; padding: 0; }
.pa-calm { padding: 2rem 0 0.5rem; }
.pa-calm h2 { font-size: 1.35rem; font-weight: 600; margin: 0 0 0.35rem; padding: 0; }
.pa-clip { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-key-review_focus { border-top: 1px solid var(--pa-line); border-bottom: 1px solid var(--pa-line);
  padding: 0.9rem 0 1rem; }
.st-key-review_form { border-left: 2px solid var(--pa-line); padding-left: 1rem; }
[class*="st-key-review_row_"], [class*="st-key-review_folded_"], [class*="st-key-history_row_"],
[class*="st-key-lesson_version_"], [class*="st-key-review_proposal_"] { border-top: 1px solid var(--pa-line);
  padding-top: 0.7rem; }
.pa-prompt { font: 0.8125rem/1.55 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 26rem; overflow-y: auto; margin: 0;
  padding: 0.75rem 1rem; border: 1px solid var(--pa-line); border-radius: 6px; }
.pa-prompt mark { background: color-mix(in srgb, var(--pa-accent) 20%, transparent); color: inherit; }
[class*="st-key-notebook_cell_"] { border-top: 1px solid var(--pa-line); padding-top: 0.9rem; }
[class*="st-key-notebook_answer_"] { padding-left: 3.1rem; }
[class*="st-key-notebook_lesson_"], [class*="st-key-runs_row_"] { border-top: 1px solid var(--pa-line);
  padding-top: 0.6rem; }
[class*="st-key-notebook_menu"] [data-testid="stMarkdownContainer"] { position: absolute; clip-path: inset(50%); }
[class*="st-key-notebook_menu"] button > div > [aria-hidden="true"] { display: none; }
.st-key-review_undos .stButton button, [class*="st-key-notebook_head_"] .stButton button,
[class*="st-key-notebook_menu"] button { min-height: 1.75rem; padding-top: 0; }
:is(.st-key-notebook_list, .st-key-vault_list) .stButton button,
:is(.st-key-notebook_list, .st-key-vault_list) .stButton button > div { justify-content: flex-start;
  text-align: left; }
.st-key-notebook_list:has(> :nth-child(12)), .st-key-vault_list:has(> :nth-child(12)) {
  max-height: 24rem; overflow-y: auto; }
.stColumn:has([class*="st-key-start_sample_"]) .stVerticalBlock > [data-testid="stLayoutWrapper"] { flex: 1 1 auto; }
[class*="st-key-start_sample_"] > :last-child { margin-top: auto; }
:is([class*="st-key-runs_row_"], [class*="st-key-suites_row_"], .st-key-lesson_runs) a :is(span, div, p) {
  white-space: normal; overflow-wrap: anywhere; }
[class*="st-key-start_sample_"] { height: 100%; border: 1px solid var(--pa-line); border-radius: 8px; padding: 1rem; }
[data-testid="stSidebarUserContent"] .stPageLink a { background: none; padding-left: 0; }
.stMain .stPageLink a { background: none; padding-left: 0; }
.stMain .stPageLink a:hover p { text-decoration: underline; }
.stMain .stPageLink p { font-weight: 500; }
.st-key-notebook_composer { border-top: 1px solid var(--pa-line); padding-top: 1.25rem; }
.pa-answer { margin: 0 0 0.6rem; line-height: 1.65; max-width: 46rem; overflow-wrap: anywhere; unicode-bidi: plaintext;
  text-align: start; }
.pa-answer.pa-point { margin: 0 0 0.3rem; padding-left: 1.1rem; text-indent: -1.1rem; }
.pa-answer.pa-answer-head { font-weight: 600; margin-top: 0.6rem; }
.stApp .pa-cite { font-size: 0.75rem; line-height: 1; padding-left: 0.15rem; }
.stApp a.pa-link { color: var(--pa-accent); text-decoration: none; border-radius: 3px; }
.stApp a.pa-link:hover { text-decoration: underline; text-underline-offset: 3px; }
.stApp .pa-cite a { padding: 0.1rem; }
.pa-doubt { text-decoration: underline dotted var(--pa-amber) 2px; text-underline-offset: 4px; }
.pa-why { color: var(--pa-soft); font-size: 0.875rem; }
.stApp ol.pa-sources { list-style: none; margin: 0.3rem 0 0; padding: 0; max-width: 46rem; }
.stApp ol.pa-sources li { display: grid; grid-template-columns: 2.1rem minmax(0, 1fr); margin: 0 0 0.4rem; padding: 0;
  font-size: 0.875rem; line-height: 1.5; color: var(--pa-soft); overflow-wrap: anywhere; }
.stApp :is(ol.pa-sources, .pa-doc) a.pa-link { font-weight: 500; }
.pa-sources q { display: block; margin-top: 0.1rem; color: var(--pa-ink); unicode-bidi: plaintext; text-align: start; }
.pa-disagree { border-left: 2px solid var(--pa-amber); padding-left: 0.9rem; margin: 0.25rem 0 0.75rem; }
.pa-hidden, .pa-unit { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.pa-doc { display: grid; gap: 0 0.9rem; align-items: baseline; font-size: 0.875rem; line-height: 1.6;
  grid-template-columns: minmax(0, 1fr) 8.5rem 3.5rem 5.5rem 4.5rem 5.5rem 3.5rem; color: var(--pa-soft); }
.pa-doc > :nth-child(n+3) { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pa-doc > :nth-child(6) { text-align: left; padding-left: 0.5rem; }
.pa-doc .pa-name { overflow-wrap: anywhere; font-size: 0.9375rem; }
.pa-doc.pa-doc-head { font-size: 0.8125rem; }
.pa-remarks { margin: 0.1rem 0 0; }
.pa-remarks p { margin: 0; font-size: 0.875rem; line-height: 1.5; color: var(--pa-soft); overflow-wrap: anywhere; }
[class*="st-key-vault_doc_"], [class*="st-key-vault_hit_"], [class*="st-key-vault_flag_"] {
  border-top: 1px solid var(--pa-line); padding-top: 0.55rem; }
.pa-hit { margin: 0.2rem 0 0.4rem; font-size: 0.9375rem; line-height: 1.55; white-space: pre-wrap;
  overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; }
.pa-hit mark, .pa-text mark { background: color-mix(in srgb, var(--pa-accent) 20%, transparent); color: inherit;
  font-weight: 600; border-radius: 2px; }
.pa-text { line-height: 1.65; max-width: 46rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext;
  text-align: start; }
.pa-text mark { scroll-margin-top: 8rem; padding: 0.1rem 0; border-bottom: 2px solid var(--pa-accent);
  font-weight: inherit; }
.pa-text mark:focus { outline: none; }
.pa-text .pa-place { display: block; color: var(--pa-soft); font-size: 0.8125rem; border-top: 1px solid var(--pa-line);
  margin-top: 0.9rem; padding-top: 0.35rem; }
.stApp h1.pa-file { font-size: 1.75rem; font-weight: 700; margin: 0; padding: 0; overflow-wrap: anywhere; }
.st-key-vault_page_picture { max-width: 46rem; }
.st-key-vault_page_picture img { border: 1px solid var(--pa-line); border-radius: 4px; background: #fff; }
.pa-answer:last-child { margin-bottom: 0; }
.pa-verdict { font-size: 1.3125rem; line-height: 1.45; margin: 0.25rem 0 0.4rem; font-weight: 500; max-width: 46rem;
  overflow-wrap: anywhere; }
.pa-verdict[data-word="better"] { border-left: 3px solid var(--pa-accent); padding-left: 0.9rem; }
.pa-verdict[data-word="worse"] { border-left: 3px solid var(--pa-bad); padding-left: 0.9rem; }
[class*="st-key-learning_row_"], [class*="st-key-suites_row_"], [class*="st-key-suite_task_"],
[class*="st-key-suite_cell_"], [class*="st-key-grading_row_"] { border-top: 1px solid var(--pa-line);
  padding-top: 0.7rem; }
.st-key-suite_sure { border-left: 2px solid var(--pa-amber); padding-left: 1rem; }
[class*="st-key-suites_row_"] .stPageLink p { font-size: 1rem; font-weight: 600; }
[class*="st-key-suite_task_"] summary { color: var(--pa-ink) !important; font-size: 1rem; }
.st-key-suites_waiting .pa-sentence { margin: 0; }
.st-key-grading_answer { border-left: 2px solid var(--pa-line); padding-left: 1rem; }
.st-key-grading_card { border-top: 1px solid var(--pa-line); padding-top: 0.9rem; max-width: 46rem; }
.pa-grading-head:focus { outline: none; box-shadow: -0.75rem 0 0 -0.5rem var(--pa-accent); }
:is(.st-key-learning_point, .st-key-live_point) { border-left: 2px solid var(--pa-line); padding-left: 1rem; }
.st-key-vault_sure { border-left: 2px solid var(--pa-amber); padding-left: 1rem; }
@media (max-width: 640px) {
  .pa-doc { display: flex; flex-wrap: wrap; }
  .pa-doc .pa-name { flex-basis: 100%; } .pa-doc > :empty { display: none; }
  .pa-doc > :nth-child(n+3) { text-align: left; padding-left: 0; }
  .pa-doc.pa-doc-head > :nth-child(n+2) { display: none; }
  .pa-doc .pa-unit { position: static; clip-path: none; width: auto; height: auto; }
  .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; padding-top: 4rem; }
  [class*="st-key-notebook_answer_"] { padding-left: 0; }
  [class*="st-key-notebook_head_"] .stButton [data-testid="stMarkdownContainer"] { position: absolute;
    clip-path: inset(50%); }
  .pa-n { min-width: 1.6rem; } .pa-n:empty { display: none; }
  .pa-meter .pa-right { margin-left: 0; }
  .pa-facts th:first-child { width: 6rem; }
  .pa-table thead tr { display: flex; flex-wrap: wrap; gap: 0.25rem 0.9rem; padding-top: 0; }
  .pa-table thead:not(:has(button)) { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .pa-table .pa-c-on:empty { display: none; }
  .pa-table, .pa-table :is(tbody, tr, th, td) { display: block; }
  .pa-table :is(thead, caption) { display: block; } .pa-table thead .pa-c-on { display: none; }
  .pa-table tr { padding: 0.6rem 0; border-bottom: 1px solid var(--pa-line); }
  .pa-table :is(th, td) { border: 0; padding: 0.1rem 0; }
  .pa-table td { display: flex; gap: 0.5rem; } .pa-table td::before { content: attr(data-label); flex: 0 0 6.5rem; }
  .pa-table td.pa-c-uses { text-align: left; }
  .pa-pairs > div { grid-template-columns: minmax(0, 1fr); }
}
</style>
"""


# Streamlit hangs an open popover at the end of the page, so Tab would walk through the whole notebook to get into it.
_KEYS = """<span class="pa-keys"></span><script>
if (!window.paKeys) {
  window.paKeys = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.('[data-testid="stPopoverButton"]');
    if (!button || event.detail !== 0) return;  // 0: pressed by a key
    const last = Date.now() + 10000;  // on a busy machine the menu takes its time, and its first box may come last
    let mine = null, moved = false;
    for (const kind of ["keydown", "pointerdown"])
      document.addEventListener(kind, () => { moved = true; }, { capture: true, once: true });
    const enter = () => {
      const body = document.querySelector('[data-testid="stPopoverBody"]');
      const first = body?.querySelector('button, input:not([type="file"]), textarea, [tabindex="0"]');
      const opener = document.querySelector('[data-testid="stPopoverButton"][aria-expanded="true"]');
      const isNowhere = [button, opener, document.body, mine, null].includes(document.activeElement);
      if (isNowhere && opener && first && first !== document.activeElement) { first.focus(); mine = first; }
      if (Date.now() < last && !moved) setTimeout(enter, 50);
    };
    setTimeout(enter, 150);
  }, true);
}
</script>"""


def add_style() -> None:
    """Put the style on the page; call once in a script run.

    The empty span keeps the style out of the place where Streamlit puts toasts: one toast would take it away.
    """
    st.html(_CSS)
    scheme = st.context.theme.type or "light dark"  # menus hang outside of Streamlit's own element that says it
    st.html(f'<span class="pa-style"></span><style>:root {{ color-scheme: {scheme}; }}</style>')
    st.html(_KEYS, unsafe_allow_javascript=True)
