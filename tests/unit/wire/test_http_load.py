"""Many streams at once on one server that does not spin."""

import asyncio
import json

from bench.wire.plan import Plan
from bench.wire.vendor_process import running_wire_server
from tests.unit.wire.raw_http import CHAT, address

STREAMS = 200


async def _one(host: str, port: int, plan: Plan) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    body = json.dumps({**CHAT, "stream": True}).encode()
    head = (
        f"POST {address('/v1/chat/completions', plan)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\nconnection: close\r\n"
    )
    writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    try:
        heard = (await reader.read()).decode()
    finally:
        writer.close()
        await writer.wait_closed()
    found = [json.loads(line[6:]) for line in heard.split("\n") if line.startswith("data: {")]
    return "".join(each["choices"][0]["delta"].get("content") or "" for each in found)


async def test_two_hundred_streams_at_once() -> None:
    plan = Plan(text="every word of every stream arrives", first_chunk_ms=300, first_text_ms=500, tokens_per_s=50)
    with running_wire_server("openai", spin=False) as server:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_one(server.host, server.port, plan)) for _ in range(STREAMS)]
        stamps = await asyncio.to_thread(server.requests, plan)
    assert {task.result() for task in tasks} == {plan.text}
    assert sorted(each.nth for each in stamps) == list(range(STREAMS))
    assert all(each.completed_ns is not None and each.left_ns is None for each in stamps)
    assert all(each.real_ms(chunk) >= chunk.due_ms for each in stamps for chunk in each.chunks), "never early"
    latest_start = max(each.read_ns for each in stamps)
    assert latest_start < min(each.completed_ns or 0 for each in stamps), "all of them were there at once"
