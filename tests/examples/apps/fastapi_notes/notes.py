"""An API of notes, written with FastAPI, with a start-up, a cookie, a stream and a web socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Cookie, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel


class Note(BaseModel):
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.notes = ["Buy milk"]
    app.state.changed = asyncio.Condition()
    yield
    app.state.notes.clear()


app = FastAPI(lifespan=lifespan)


@app.post("/login")
def login(response: Response) -> dict[str, str]:
    response.set_cookie("who", "Grace", httponly=True)
    return {"who": "Grace"}


@app.get("/notes")
def notes(request: Request, who: Annotated[str | None, Cookie()] = None) -> list[str]:
    if who is None:
        raise HTTPException(401)
    return request.app.state.notes


@app.post("/notes")
async def add(note: Note, request: Request) -> int:
    state = request.app.state
    state.notes.append(note.text)
    async with state.changed:
        state.changed.notify_all()
    return len(state.notes)


@app.get("/events")
async def events(request: Request) -> StreamingResponse:
    async def stream() -> AsyncIterator[str]:
        while True:
            yield f"data: {len(request.app.state.notes)}\n\n"
            async with request.app.state.changed:
                await request.app.state.changed.wait()

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text.upper())
