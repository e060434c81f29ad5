"""A shop whose orders can be seen without a network."""

from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path

HEAD = "<!doctype html><title>Shop</title><link rel=icon href=data:,>"

WORKER = (
    """
self.addEventListener("install", event => {
  self.skipWaiting();
  event.waitUntil(caches.open("shop").then(cache => cache.addAll(["/orders/"])));
});
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(async () =>
    await caches.match(event.request) ?? Response.error()));
});
"""
    + "// as long as real ones are, so that it is compressed\n" * 20
)


def sign_in(request):
    if request.method == "POST":
        user = authenticate(
            request, username=request.POST["user"], password=request.POST["password"]
        )
        if user is not None:
            login(request, user)
            return redirect(request.build_absolute_uri("/orders/"))
    return HttpResponse(
        f"{HEAD}<form method=post>"
        f"<input type=hidden name=csrfmiddlewaretoken value={get_token(request)}>"
        "<input name=user aria-label=User><input name=password aria-label=Password>"
        "<button>Sign in</button></form>"
    )


@login_required(login_url="/")
def orders(request):
    return HttpResponse(
        f"{HEAD}<h1>Orders of {request.user.username}</h1><p>One lamp, sent on Tuesday.</p>"
        "<script>navigator.serviceWorker.register('/sw.js')</script>"
    )


def worker(request):
    return HttpResponse(WORKER, content_type="text/javascript")


urlpatterns = [path("", sign_in), path("orders/", orders), path("sw.js", worker)]
