"""What has to stand in the environment before Gradio is imported: it reads most of it then, and calls home by default."""

import os
from pathlib import Path

from bench.settings import private_dir

QUIET: dict[str, str] = {
    "GRADIO_ANALYTICS_ENABLED": "False",  # two look-ups to the outside at every start otherwise
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",  # else a pandas group-by runs after each event, 3–11 ms
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def prepare(data_dir: Path) -> None:
    """Set what Gradio must find, and drop every other `GRADIO_…` variable: one of them could open a share link, a path, the
    monitoring page or the MCP server. Raises `OSError` when the private folder cannot be made."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    os.environ.update(QUIET)
    os.environ["GRADIO_TEMP_DIR"] = str(private_dir(private_dir(data_dir) / "gradio"))
