"""A diary behind a login, written with Flask; what was read once can be read offline."""

from __future__ import annotations

from flask import Flask, Response, redirect, render_template_string, request, session

PAGE = """<!doctype html><title>Diary</title><link rel=icon href=data:,>
<link rel=stylesheet href="/style.css"><h1>{{ user }}'s diary</h1>
<ul>{% for entry in entries %}<li>{{ entry }}</li>{% endfor %}</ul>
<form method=post action="/entries"><input name=text aria-label="Entry"><button>Add</button></form>
<script>navigator.serviceWorker.register("/sw.js")</script>"""

LOGIN = """<!doctype html><title>Login</title><link rel=icon href=data:,>
<form method=post><input name=user aria-label="Name"><button>Log in</button></form>"""

WORKER = """
self.addEventListener("install", event => {
  self.skipWaiting();
  event.waitUntil(caches.open("diary").then(cache => cache.addAll(["/", "/style.css"])));
});
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  event.respondWith((async () => {
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok && !fresh.redirected) {
        const cache = await caches.open("diary");
        await cache.put(event.request, fresh.clone());
      }
      return fresh;
    } catch (error) {
      return await caches.match(event.request) ?? Response.error();
    }
  })());
});
"""


def create_app() -> Flask:
    """A new diary, empty."""
    app = Flask(__name__)
    app.secret_key = "only for tests"
    entries: dict[str, list[str]] = {}

    @app.get("/")
    def read() -> Response | str:
        if "user" not in session:
            return redirect("/login")
        user = session["user"]
        return render_template_string(PAGE, user=user, entries=entries.get(user, []))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Response | str:
        if request.method == "GET":
            return LOGIN
        session["user"] = request.form["user"]
        return redirect("/")

    @app.post("/entries")
    def add() -> Response:
        entries.setdefault(session["user"], []).append(request.form["text"])
        return redirect("/")

    @app.get("/sw.js")
    def worker() -> Response:
        return Response(WORKER, content_type="text/javascript")

    @app.get("/style.css")
    def style() -> Response:
        return Response("body { font: 18px sans-serif }", content_type="text/css")

    @app.get("/broken")
    def broken() -> str:
        raise LookupError("no such page in the diary")

    return app
