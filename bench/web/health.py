"""Is it up? Open to anyone on this computer, and says nothing else."""

from fastapi import APIRouter

router = APIRouter()


@router.api_route("/health", methods=["GET", "HEAD"])
async def health() -> dict[str, str]:
    """`{"status": "ok"}` as soon as the app serves."""
    return {"status": "ok"}
