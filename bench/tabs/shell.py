"""The page's frame: header, three tabs, and an empty island in each. The page's own script fills the islands.

There is no listener, no state and no stream here, so Gradio opens no connection that stays (six of those would hang the
browser's next tab), and none of its routes has to be reachable. Text reaches the page through text nodes only: `gr.HTML`
compiles its template, which makes it a place for our own words and nobody else's.
"""

from pathlib import Path

import gradio as gr
from gradio.themes import Base, Default

TABS: tuple[tuple[str, str, str], ...] = (
    ("voice", "Live voice", "Живой разговор"),
    ("chat", "Avatar chat", "Чат с аватаром"),
    ("tasks", "Tasks", "Задания"),
)
"""Id (also `?tab=` and `data-tab`), name in English and Russian; the first is selected."""

ISLANDS = {"tasks": '<div class="fw-tasks"></div>'}
"""What stands in a tab; the others hold columns that are compared."""

HEAD = (
    '<link rel="stylesheet" href="/wb/static/firstword.css"><link rel="stylesheet" href="/wb/static/tasks.css">'
    '<script type="module" src="/wb/static/page/main.js"></script>'
)

CSS = """
.gradio-container { padding: 0 !important; max-width: none !important; }
.gradio-container .main { padding: 0 !important; }
.gradio-container .fillable { padding: 0 !important; max-width: none !important; }
.gradio-container main > .column { gap: 0; }
#fw-tabs, #fw-tabs .tabitem { padding: 0; border: 0; gap: 0; }
.fw-island { border-width: 0 !important; }
.fw-island > .html-container { padding: 0 !important; }
"""

CHOOSE_TAB = """() => {
  const wanted = new URLSearchParams(location.search).get("tab");
  const find = () => document.querySelector('#fw-tabs [role="tab"][data-tab-id="' + CSS.escape(wanted) + '"]');
  const choose = () => { const tab = find(); if (tab) tab.click(); return Boolean(tab); };
  if (!wanted || choose()) return;
  const watch = new MutationObserver(() => { if (choose()) watch.disconnect(); });
  watch.observe(document.body, { childList: true, subtree: true });
}"""
"""`?tab=chat` selects the tab in the browser; asking the server would need a listener."""

FAVICON = Path(__file__).parent / "favicon.svg"


def build_words() -> gr.I18n:
    """The names of the tabs; the browser's language decides."""
    return gr.I18n(
        en={f"fw_tab_{name}": english for name, english, _ in TABS},
        ru={f"fw_tab_{name}": russian for name, _, russian in TABS},
    )


def build_theme() -> Base:
    """Gradio's own look with the fonts that are on the computer: nothing to load, every script has its glyphs."""
    return Default(
        font=("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"),
        font_mono=("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"),
    )


def build_shell(words: gr.I18n) -> gr.Blocks:
    """The frame, to be mounted."""
    with gr.Blocks(title="Firstword", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as shell:
        _island('<div class="fw-header"></div>')
        with gr.Tabs(elem_id="fw-tabs", selected=TABS[0][0]):
            for name, _, _ in TABS:
                with gr.Tab(words(f"fw_tab_{name}"), id=name):
                    _island(ISLANDS.get(name, f'<div class="fw-bench" data-tab="{name}"></div>'))
    return shell


def _island(markup: str) -> None:
    gr.HTML(markup, apply_default_css=False, container=False, padding=False, elem_classes="fw-island")
