"""Gradio at `/`, with everything switched off that the workbench does not use. Imported late, after the environment is set."""

import asyncio

import gradio as gr
from fastapi import FastAPI

from bench.tabs import shell

_NO_DOCS: dict[str, None] = {"openapi_url": None, "docs_url": None, "redoc_url": None}


def mount_shell(app: FastAPI, *, max_upload_mb: int) -> None:
    """Mount the shell; must be the last route of `app`, because a mount at `/` takes every path that is left."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Gradio makes a new event loop for each of its locks when none is running, and never closes them.
        asyncio.run(_mount_within_loop(app, max_upload_mb))
    else:
        _mount(app, max_upload_mb)


async def _mount_within_loop(app: FastAPI, max_upload_mb: int) -> None:
    _mount(app, max_upload_mb)


def _mount(app: FastAPI, max_upload_mb: int) -> None:
    words = shell.build_words()
    gr.mount_gradio_app(
        app,
        shell.build_shell(words),
        path="/",
        server_name="127.0.0.1",
        i18n=words,
        theme=shell.build_theme(),
        head=shell.HEAD,
        css=shell.CSS,
        js=shell.CHOOSE_TAB,
        favicon_path=str(shell.FAVICON),
        footer_links=[],
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        ssr_mode=False,
        allowed_paths=[],
        max_file_size=f"{max_upload_mb}mb",
        app_kwargs=dict(_NO_DOCS),
    )
