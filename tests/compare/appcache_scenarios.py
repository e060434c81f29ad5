"""Random sites with an application cache: what is served, what is done, by a seed.

A scenario has a folder of its own on the origin, so that many run in one context and each is
compared alone. What a seed does is the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.sync_api import TimeoutError

from pytest_offline.compare.appcache import AppCacheComparison, verify_appcache
from pytest_offline.record import AppCacheCall, AppCacheDocument, AppCacheEvent

NAMES = ["a.js", "b.js", "c/d.js", "e.css", "page.html", "frame.html", "m.appcache", "x.js?q=1"]
HTML = """<!doctype html><html{manifest}><meta charset=utf-8><link rel=icon href="data:,">
<script>
  window.ends = 0;
  for (const name of ["noupdate", "cached", "updateready", "obsolete", "error"]) {{
    applicationCache.addEventListener(name, () => {{ window.ends++; top.bell && top.bell(); }});
  }}
</script><p>{text}"""

# Steps that need no answer from the test: calls, frames, and waiting until nothing is under way.
# They begin in a task of their own: a call that the browser never answers blocks the page, and the
# test has to see that from outside.
BEGIN = """(steps) => {
  window.outcome = null;
  setTimeout(() => DO(steps).then((end) => { window.outcome = end; },
                                  (error) => { window.outcome = String(error); }), 0);
}"""
DO = """async (steps) => {
  const frames = () => [...document.querySelectorAll("iframe")];
  const docs = () => [window, ...frames().map((each) => each.contentWindow)];
  const counts = () => docs().map((each) => each.ends);
  const busy = (each) => [2, 3].includes(each.applicationCache.status);
  const bell = () => new Promise((done) => { top.bell = done; setTimeout(done, 20); });
  const quiet = (wants) => docs().every((each, at) => !busy(each) && each.ends >= (wants[at] || 0));
  const settled = async (wants) => {
    const end = performance.now() + 15000;
    while (performance.now() < end) {
      if (quiet(wants)) return true;
      await bell();
    }
    return false;
  };
  const frame = (url) => new Promise((done) => {
    const element = document.createElement("iframe");
    element.onload = () => done(element.contentWindow);
    setTimeout(done, 5000, null);
    element.src = url;
    document.body.append(element);
  });
  const call = (method) => {
    try { applicationCache[method](); return true; } catch (error) { return false; }
  };
  let wants = counts();
  const act = {
    update: (step) => { if (call("update")) wants[0] = window.ends + (step.joined ? 0 : 1); },
    abort: () => { call("abort"); },
    swap: () => { call("swapCache"); },
    never: () => new Promise(() => {}),
    first: (step) => { wants[0] = step.hears; },
    frame: async (step) => {
      const at = docs().length;
      const whole = await frame(step.url);
      wants[at] = whole ? step.hears : 0;
    },
  };
  for (const step of steps) {
    if (step.kind !== "settle") {
      await act[step.kind](step);
    } else if (!(await settled(wants))) {
      return "never settled";
    } else {
      wants = counts();
    }
  }
  return "settled";
}"""


STEPS_MS = 40_000
"""How long a page may take for its steps, however busy the machine is: a frame that never loads
takes five seconds, what never settles fifteen."""


def begin_steps(page: Any, steps: Sequence[dict[str, Any]]) -> None:
    """Have a page begin with steps, and wait for nothing."""
    page.evaluate(BEGIN.replace("DO", f"({DO})"), list(steps))


def run_steps(page: Any, steps: Sequence[dict[str, Any]]) -> str:
    """Have a page do steps, and say how that ended: ``settled``, or what went wrong.

    Raises:
        AssertionError: the page has come to no end, as when the browser never answers a call.
    """
    begin_steps(page, steps)
    try:
        outcome = page.wait_for_function("() => window.outcome", timeout=STEPS_MS)
    except TimeoutError as late:
        raise AssertionError(
            f"{page.url} has not done {list(steps)} in {STEPS_MS} ms: a call hangs in the browser, "
            f"or its page is gone; run the seed again alone"
        ) from late
    return str(outcome.json_value())


@dataclass
class Version:
    """One state of the site: the manifest's lines, and how each file is answered."""

    lines: list[str]
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] | None = None


class Generator:
    """What one seed makes."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.count = 0

    def lines(self) -> list[str]:
        luck, self.count = self.luck, self.count + 1
        blank = ["", "# comment", "  # another", "\t"]
        lines = [f"# version {self.count}"]
        lines += luck.choices(NAMES, k=luck.choice([0, 1, 1, 2, 3]))
        for section in luck.choices(
            ["CACHE:", "FALLBACK:", "NETWORK:", "SETTINGS:", "OTHER:"], k=3
        ):
            lines.append(luck.choice([section, section, f" {section}\t"]))
            lines += [self.line(section) for _ in range(luck.choice([0, 1, 1, 2]))]
            lines += luck.choices(blank, k=luck.choice([0, 0, 1]))
        return lines

    def line(self, section: str) -> str:
        luck = self.luck
        name = luck.choice(NAMES)
        if section == "FALLBACK:":
            space = luck.choice(["f/", "f/g/", "h.html", "/elsewhere/", "f/"])
            return luck.choice([f"{space} {name}", f"{space}\t {name}", space])
        if section == "NETWORK:":
            return luck.choice(["*", "api/", name, "* and more", "http://other.test/"])
        if section == "SETTINGS:":
            return luck.choice(["prefer-online", "fast", "prefer-online now"])
        return luck.choice([name, f"{name}#part", f"./{name}", "http://[", f"{name} rest"])

    def answer(self) -> dict[str, Any]:
        return self.luck.choice([
            {"status": 404}, {"status": 410}, {"status": 500},
            {"status": 302, "headers": {"Location": "a.js"}},
            {"status": 503, "headers": {"Retry-After": "0"}, "times": self.luck.choice([1, 3, 4])},
            {"headers": {"Cache-Control": "no-store"}}, {"status": 403}, {"cut_after": 3},
            {"headers": {"Cache-Control": "max-age=600"}}, {"headers": {"ETag": '"1"'}},
            {"delay": 0.03},
            {"status": 204}, {"headers": {"Vary": "Cookie", "Cache-Control": "max-age=600"}},
        ])  # fmt: skip

    def manifest_answer(self) -> dict[str, Any]:
        return self.luck.choice([
            {"status": 404}, {"status": 410}, {"status": 500}, {"status": 403},
            {"body": "NO MANIFEST"},
            {"status": 302, "headers": {"Location": "other"}}, {"body": ""}, {"status": 204},
            {"delay": 0.03}, {"headers": {"Cache-Control": "no-store"}}, {"cut_after": 8},
            {"headers": {"Content-Type": "text/plain"}}, {"body": "\ufeffCACHE MANIFEST\na.js\n"},
            {"status": 503, "headers": {"Retry-After": "0"}, "times": 1},
        ])  # fmt: skip

    def version(self, trouble: float = 0.3) -> Version:
        luck = self.luck
        found = Version(self.lines())
        for name in NAMES:
            if name != "m.appcache" and luck.random() < trouble / 2:
                answer = self.answer()
                # A frame that is answered with 204 stays as it was, and never loads.
                if not (name.endswith(".html") and answer.get("status") == 204):
                    found.replies[name] = answer
        if luck.random() < trouble / 2:
            found.manifest = self.manifest_answer()
        if luck.random() < trouble / 3:
            found.second = luck.choice(
                [{"body": "CACHE MANIFEST\n# moved on\n"}, {"status": 404}, {"status": 500}]
            )
        return found


class Site:
    """One scenario's folder on the origin."""

    def __init__(self, origin: Any, name: str) -> None:
        self.origin = origin
        self.folder = f"/{name}/"
        origin.manifests.add(self.folder + "m.appcache")

    def url(self, name: str) -> str:
        return str(self.origin.url_for(self.folder + name))

    def serve(self, version: Version) -> None:
        text = "\n".join(["CACHE MANIFEST", *version.lines, ""])
        plain = {"body": text, "headers": {"Content-Type": "text/cache-manifest"}}
        self.reply("m.appcache", plain, version.manifest)
        if version.second is not None:
            # The check at the end and all later ones get the second answer.
            self.reply("m.appcache", plain, version.second)
            self.reply("m.appcache", plain, version.manifest | {"times": 1})
        for name in NAMES:
            if name != "m.appcache":
                is_page = name.endswith(".html")
                attribute = f' manifest="{self.folder}m.appcache"' if is_page else ""
                body = HTML.format(manifest=attribute, text=text) if is_page else f"body of {name}"
                kind = "text/html" if is_page else "text/plain"
                self.reply(name, {"body": body, "headers": {"Content-Type": kind}}, {})
                self.reply(
                    name,
                    {"body": body, "headers": {"Content-Type": kind}},
                    version.replies.get(name),
                )

    def reply(self, name: str, plain: dict[str, Any], other: dict[str, Any] | None) -> None:
        if other is None:
            return
        headers = plain["headers"] | other.get("headers", {})
        fields = {**plain, **other, "headers": headers}
        self.origin.reply(self.folder + name, fields.pop("body"), **fields)

    def compare(
        self, appcache: Any, build: str, snapshots: Sequence[Any] | None
    ) -> AppCacheComparison:
        """This scenario's part of all that was recorded, against the model."""
        words = appcache.words
        documents = [
            each for each in words if isinstance(each, AppCacheDocument) and self.folder in each.url
        ]
        mine = {each.place.id for each in documents}
        everything = self.origin.requests.with_answer_bodies()
        seen = [each for each in everything if self.folder in each[0].url]
        return verify_appcache(
            documents,
            [each for each in words if isinstance(each, AppCacheEvent) and each.place.id in mine],
            [each for each in words if isinstance(each, AppCacheCall) and each.place.id in mine],
            [exchange for exchange, _ in seen],
            snapshots,
            build=build,
            bodies={exchange.seq: body for exchange, body in seen if body is not None},
        )


def without_trouble(version: Version) -> Version:
    """A version whose page itself is answered well, so that there is a document at all."""
    replies = {name: each for name, each in version.replies.items() if name != "page.html"}
    return replace(version, replies=replies)


FIRST = [{"kind": "first", "hears": 1}, {"kind": "settle"}]
WORDS = ["update"] * 4 + ["reload", "frame", "swap", "abort", "leave", "double", "joined"]
"""Some depend on who is first: a page that leaves, or joins, in the middle of an update."""
UPDATE = [{"kind": "update"}, {"kind": "settle"}]


def settle_first(page: Any, site: Site) -> None:
    """Opens the page of a site, and waits until what follows is over."""
    page.goto(site.url("page.html"))
    run_steps(page, FIRST)


def steps_of(what: str, site: Site, number: int, luck: random.Random) -> list[dict[str, Any]]:
    """What is done in the page for one word."""
    again = luck.choice(["page.html", "frame.html", f"frame.html?{number}"])
    frame = {"kind": "frame", "url": site.url(again), "hears": 0}
    return {
        "update": UPDATE,
        "double": [{"kind": "update"}, {"kind": "update", "joined": True}, {"kind": "settle"}],
        "swap": [*UPDATE, {"kind": "swap"}, {"kind": "swap"}],
        "abort": [{"kind": "update"}, {"kind": "abort"}, {"kind": "settle"}],
        "frame": [{**frame, "hears": 1}, {"kind": "settle"}],
        "joined": [{"kind": "update"}, frame, {"kind": "settle"}],
    }[what]


def run_sequence(page: Any, site: Site, seed: int, words: list[str]) -> list[str]:
    """A first download and some updates, as a seed has them; what was done, for a message.

    Steps that do not settle are no failure: what the browser did is judged, not how fast.
    """
    generator = Generator(seed)
    luck = generator.luck
    site.serve(without_trouble(generator.version(0.15)))
    settle_first(page, site)
    done: list[str] = []
    for number in range(luck.choice([2, 3, 4])):
        what = luck.choice(words)
        if luck.random() < 0.75:
            site.serve(version := without_trouble(generator.version()))
            done.append(str(version))
        done.append(what)
        if what in ("leave", "reload"):
            if what == "leave":
                begin_steps(page, [{"kind": "update"}])
            settle_first(page, site)
        else:
            run_steps(page, steps_of(what, site, number, luck))
    return done
