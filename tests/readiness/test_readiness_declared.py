"""Every way of writing a list down, and every way of writing nonsense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_offline.readiness import declared as declared_module
from pytest_offline.readiness.declared import Fetched, declared_urls
from pytest_offline.readiness.lists import facts_of

ORIGIN = "https://site.test"
INSTALL = "self.addEventListener('install', (event) => { %s });"


def paths(declared) -> list[str]:
    return [item.url.removeprefix(ORIGIN) for item in declared.items]


def keys(declared) -> list[str]:
    return [key.removeprefix(ORIGIN) for item in declared.items for key in item.alternatives]


WORKBOX_FORMS = {
    "quoted keys": """precacheAndRoute([{"url":"a.js","revision":"1"}])""",
    "bare keys": "workbox.precaching.precacheAndRoute([{url:'a.js',revision:'1'}], {});",
    "other order": 'x.precacheAndRoute([{revision:"1",url:"a.js"}])',
    "integrity": 'p([{revision:"1",url:"a.js",integrity:"sha256-x"}])',
    "renamed call": '(()=>{var e=[{revision:"1",url:"a.js"}];Q(e)})()',
    "template": "precache([{url:`a.js`,revision:`1`}])",
    "global": "self.__WB_MANIFEST = [{url:'a.js',revision:'1'}]; go(self.__WB_MANIFEST)",
    "or nothing": "precacheAndRoute([{url:'a.js',revision:'1'}] || [])",
    "concat": (
        "self.__precacheManifest = (self.__precacheManifest || [])"
        ".concat([{'revision':'1','url':'a.js'}]);"
        "workbox.precaching.precacheAndRoute(self.__precacheManifest, {});"
    ),
    "comments": "precacheAndRoute([ // one\n {url: /* here */ 'a.js', revision: '1',}, ])",
    "escapes": r"precacheAndRoute([{url:'\x61\u002e\u{6a}s',revision:'\
1'}])",
    "controller": "new C().addToCacheList([{url:'a.js',revision:'1'}])",
    "by name": "const list = [{url:'a.js',revision:'1'}];\nprecacheAndRoute(list)",
}


@pytest.mark.parametrize("form", WORKBOX_FORMS)
def test_workbox_lists_in_every_form(form, declare):
    declared = declare(WORKBOX_FORMS[form] + ";'__WB_REVISION__'")
    assert keys(declared) == ["/a.js?__WB_REVISION__=1"]
    assert paths(declared) == ["/a.js"]
    assert declared.items[0].source == "Workbox list in /sw.js"
    assert declared.stores_at_runtime is None, "a tool's runtime may keep anything"


def test_workbox_entries_without_a_revision_are_their_own_key(declare):
    worker = "precacheAndRoute(['a.js', {url: 'b.js', revision: null}, {url: 'c.js'}])"
    assert keys(declare(worker)) == ["/a.js", "/b.js", "/c.js"]


def test_before_the_runtime_is_known_the_plain_key_counts_too(declare):
    declared = declare("precacheAndRoute([{url:'a.js?x=1 2',revision:'1'}])")
    assert keys(declared) == ["/a.js?x=1+2&__WB_REVISION__=1", "/a.js?x=1%202"]


def test_sw_precache_lists(declare):
    declared = declare('var precacheConfig=[["/index.html","ab12"],["/x"]]; use(precacheConfig)')
    assert keys(declared) == ["/index.html?_sw-precache=ab12", "/index.html"]


def test_definitions_and_placeholders_are_no_lists(declare):
    worker = """
        function precache(list) { return list }
        class P { precache(list) { cache(list) } addToCacheList(list) {} }
        precacheAndRoute(self.__WB_MANIFEST); precache(unknown); precacheAndRoute([...none])
        const other = [{ url: 'a.js', size: 3 }], more = [{ url: x, revision: '1' }];
        const most = [{ url: 'a.js', revision: 4 }], texts = ["[{url:'b.js',revision:'1'}]"];
        // precacheAndRoute(['c.js'])
        const parts = [...[{ url: 'd.js' }]], precacheConfig;
    """
    assert declare(worker).items == ()


INSTALL_FORMS = {
    "directly": "caches.open('v').then((cache) => cache.addAll(['a.js', 'b.js']))",
    "by name": "cache.addAll(LIST)",
    "spread": "cache.addAll([...FIRST, 'b.js'])",
    "joined": "cache.addAll(FIRST.concat('b.js'))",
    "joined texts": "cache.addAll([BASE + 'a.js', BASE + `b.js`])",
    "requests": "cache.addAll(LIST.map((url) => new Request(url, { cache: 'reload' })))",
    "new": "cache.addAll([new Request('a.js', {}), new URL('b.js', self.location).href])",
    "one by one": "cache.add('a.js'); cache.add(new Request('b.js'))",
    "each": "Promise.all(LIST.map((url) => cache.add(url)))",
    "each, bare": "LIST.forEach(url => cache.add(url))",
    "each, async": "LIST.map(async (url) => { await cache.add(url) })",
    "each of a literal": "['a.js', 'b.js'].forEach(u => cache.add(u))",
    "loop": "for (const url of LIST) { cache.add(url) }",
    "sorted": "cache.addAll(LIST.sort())",
    "beside a set": "const seen = new Set(); seen.add('no-url'); cache.addAll(LIST)",
    "nested name": "cache.addAll(SAME)",
    "helper": "event.waitUntil(keep())",
    "arrow helper": "event.waitUntil(keepShort())",
    "method": "event.waitUntil(worker.keepAll())",
    "two deep": "event.waitUntil(outer())",
}


@pytest.mark.parametrize("form", INSTALL_FORMS)
def test_lists_of_install_handlers(form, declare):
    worker = """
        const BASE = './', LIST = ['a.js', 'b.js'], FIRST = ['a.js'], SAME = LIST;
        async function keep() { const cache = await caches.open('v'); await cache.addAll(LIST) }
        const keepShort = async () => (await caches.open('v')).addAll(LIST);
        const worker = { keepAll() { return cache.addAll(LIST) } };
        function outer() { return keep() }
    """
    declared = declare(worker + INSTALL % INSTALL_FORMS[form])
    assert paths(declared) == ["/a.js", "/b.js"]
    assert keys(declared) == ["/a.js", "/b.js"]
    assert declared.items[0].source == "install handler in /sw.js"


@pytest.mark.parametrize(
    "handler",
    [
        "self.oninstall = (event) => { cache.addAll(['a.js']) }\ncache.addAll(['z.js'])",
        "oninstall = function (event) { cache.addAll(['a.js']) }",
        "self.oninstall = e => e.waitUntil(cache.addAll(['a.js']));",
        "addEventListener('install', onInstall); function onInstall() { cache.addAll(['a.js']) }",
        "addEventListener('install', h); const h = e => e.waitUntil(c.addAll(['a.js']));",
        "addEventListener('install', h); const h = function (e) { c.addAll(['a.js']) };",
        "addEventListener('install', h); const h = async e => { c?.addAll(['a.js']) };",
        "addEventListener('install', e => { cache.addAll(['a.js'",
    ],
)
def test_install_handlers_in_every_form(handler, declare):
    assert paths(declare(handler)) == ["/a.js"]


def test_what_is_added_elsewhere_is_not_declared_but_noticed(declare):
    worker = INSTALL % "cache.addAll(['a.js'])"
    assert declare(worker + "caches").stores_at_runtime is False
    noticed = declare(worker + "onmessage = () => caches.open('v').then(c => c.addAll(['b.js']))")
    assert paths(noticed) == ["/a.js"]
    assert noticed.stores_at_runtime is True


@pytest.mark.parametrize(
    "added",
    [
        "cache.addAll(fetchList())", "cache.addAll(LIST.filter(wanted))", "cache.addAll(...x)",
        "cache.addAll(LIST.map(url => '/x' + url))", "cache.add(event.data)", "cache.addAll()",
        "cache.addAll(a ? ['a.js'] : ['b.js'])", "cache.addAll(['a.js', 'b.js'][0])",
        "cache.addAll((url) => ['a.js'])", "cache.addAll(new Set(['a.js']))", "addAll(['a.js'])",
        "cache.addAll([`${base}/a.js`, 1, -1, /x/, {}, null, 'mailto:x', 'data:,x', 'https://['])",
        "cache.addAll(LIST.length)", "LIST.reduce((url) => cache.add(url))", "add('a.js')",
        "x => cache.add(x)", "cache.addAll(LIST + LIST)", "cache.addAll(tag`a.js`)",
    ],
)  # fmt: skip
def test_what_cannot_be_known_without_running_is_left_out(added, declare):
    assert declare("const LIST = ['a.js'];" + INSTALL % added).items == ()


def test_the_nearest_assignment_counts(declare):
    worker = """
        (() => { const n = ['other.js']; })();
        const n = ['first.js']; var late;
        addEventListener('install', () => { cache.addAll(n); cache.addAll(late); cache.addAll(w) });
        { const n = ['inner.js']; thing.n = ['member.js']; thing.w = ['no.js'] }
        late = ['late.js']; self.w = ['global.js'];
    """
    assert paths(declare(worker)) == ["/first.js", "/late.js", "/global.js"]


def test_names_that_lead_in_circles_end(declare):
    worker = """
        let a = b, b = a, c = [...c, ...c, 'c.js'], d = d + 'x';
        addEventListener('install', () => { x.addAll(a); x.addAll(c); x.add(d) });
    """
    assert paths(declare(worker)) == ["/c.js"]


def test_long_chains_and_deep_nests_end(declare):
    chain = ";".join(f"n{i}=n{i + 1}" for i in range(3000)) + ";n3000=['a.js'];"
    assert declare(chain + INSTALL % "c.addAll(n0)").items == ()
    assert declare(INSTALL % ("c.addAll(" + "[" * 5000)).items == ()
    assert declare("`${" * 5000).items == ()


def test_cross_origin_urls_count_when_they_are_listed(declare):
    declared = declare(
        INSTALL % "c.addAll(['https://CDN.test:443/x/../lib.js#top', '//cdn.test/f'])"
    )
    assert [item.url for item in declared.items] == [
        "https://cdn.test/lib.js",
        "https://cdn.test/f",
    ]


def test_a_url_that_is_listed_twice_is_declared_once(declare):
    assert paths(declare(INSTALL % "c.addAll(['a.js', './a.js', '/a.js#x'])")) == ["/a.js"]


class TestFollowing:
    def test_imported_scripts_resolve_against_the_worker(self, declare):
        files = {
            "lib/one.js": "importScripts('lib/two.js')",
            "lib/two.js": "precacheAndRoute(['a.js'])",
        }
        declared = declare(
            "const P = 'lib/'; importScripts(P + 'one.js', x, 'lib/two.js')", **files
        )
        assert declared.scripts == tuple(f"{ORIGIN}/{name}" for name in ("sw.js", *files))
        assert paths(declared) == ["/a.js"]
        assert declared.items[0].source == "Workbox list in /lib/two.js"

    def test_modules_resolve_against_themselves(self, declare):
        declared = declare(
            "import { x } from './lib/one.js'; import 'workbox-core'; import('./never.js')",
            **{
                "lib/one.js": "export { y } from '../two.js'; import './three.js'",
                "two.js": "precacheAndRoute(['a.js'])",
                "lib/three.js": "precacheAndRoute(['b.js'])",
            },
        )
        assert paths(declared) == ["/a.js", "/b.js"], "lists resolve against the worker"

    def test_the_loader_of_workbox_build(self, declare):
        declared = declare(
            'define(["./workbox-1a2b", x], (w => { w.precache([{url:"a",revision:"1"}]) }))',
            **{"workbox-1a2b.js": "const name = '__WB_REVISION__'"},
        )
        assert keys(declared) == ["/a?__WB_REVISION__=1"]

    def test_other_origins_are_not_asked(self, declare):
        declared = declare("importScripts('https://cdn.test/workbox-sw.js')")
        assert declared.unread == (
            "https://cdn.test/workbox-sw.js: no answer, or of another origin",
        )
        assert declared.hears_fetch is None
        assert declared.stores_at_runtime is None

    def test_scripts_that_import_each_other_are_read_once(self, declare):
        declared = declare(
            "importScripts('b.js')", **{"b.js": "importScripts('sw.js', 'b.js', '::')"}
        )
        assert len(declared.scripts) == 2

    def test_what_cannot_be_read_is_named(self, declare, monkeypatch):
        monkeypatch.setattr(declared_module, "MAX_SCRIPT_BYTES", 80)
        declared = declare("importScripts('gone.js', 'big.js')", **{"big.js": " " * 81})
        assert declared.unread == (
            f"{ORIGIN}/gone.js: status 404",
            f"{ORIGIN}/big.js: 81 bytes, more than 80",
        )

    def test_there_is_an_end_to_scripts_and_to_urls(self, declare, monkeypatch):
        monkeypatch.setattr(declared_module, "MAX_SCRIPTS", 1)
        monkeypatch.setattr(declared_module, "MAX_URLS", 2)
        declared = declare(
            "importScripts('b.js'); precacheAndRoute(['1', '2', '3'])", **{"b.js": ""}
        )
        assert declared.unread == (
            f"{ORIGIN}/b.js: more than 1 scripts",
            "1 URLs beyond the first 2",
        )
        assert paths(declared) == ["/1", "/2"]

    def test_a_script_with_a_mark_and_odd_bytes_is_text_all_the_same(self, declare):
        assert paths(declare(b"\xef\xbb\xbfprecacheAndRoute(['\xc3\xa9', '\xff'])")) == [
            "/%C3%A9",
            "/%EF%BF%BD",
        ]


class TestAngular:
    WORKER = "class Driver { async fetchLatestManifest() { 'ngsw.json?ngsw-cache-bust=' } } 'fetch'"

    def test_prefetched_groups_count_and_lazy_ones_do_not(self, declare):
        manifest = {
            "index": "/index.html",
            "assetGroups": [
                {"installMode": "prefetch", "urls": ["/index.html", "/main.js"]},
                {"installMode": "lazy", "urls": ["/photo.jpg"]},
                {"urls": ["/by-default.js", 7, "https://["]},
            ],
        }
        declared = declare(self.WORKER, **{"ngsw.json": json.dumps(manifest)})
        assert paths(declared) == ["/index.html", "/main.js", "/by-default.js"]

    def test_a_worker_that_wraps_it(self, declare):
        files = {"ngsw-worker.js": self.WORKER, "ngsw.json": '{"assetGroups":[{"urls":["/a"]}]}'}
        assert paths(declare("importScripts('./ngsw-worker.js')", **files)) == ["/a"]

    @pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "7", "{}"])
    def test_a_manifest_that_makes_no_sense_is_named(self, text, declare):
        declared = declare(self.WORKER, **{"ngsw.json": text})
        assert declared.items == ()
        assert declared.unread == (f"{ORIGIN}/ngsw.json: not a JSON object",)

    @pytest.mark.parametrize("groups", [None, 3, [4], [{"urls": 5}]])
    def test_groups_that_make_no_sense_are_left_out(self, groups, declare):
        assert (
            declare(self.WORKER, **{"ngsw.json": json.dumps({"assetGroups": groups})}).items == ()
        )

    def test_a_manifest_that_is_not_there_is_named(self, declare):
        assert declare(self.WORKER).unread == (f"{ORIGIN}/ngsw.json: status 404",)


def test_a_worker_that_is_not_there_declares_nothing():
    declared = declared_urls(
        script_url=f"{ORIGIN}/sw.js#x", scope=f"{ORIGIN}/", read=lambda url: None
    )
    assert declared.items == () and declared.scripts == ()
    assert declared.unread == (f"{ORIGIN}/sw.js: no answer, or of another origin",)
    assert declared.hears_fetch is None


@pytest.mark.parametrize(
    ("worker", "hears"),
    [("onfetch = () => {}", True), ("addEventListener('fetch', f)", True), ("fetch('/x')", False)],
)
def test_whether_fetch_is_handled(worker, hears, declare):
    assert declare(worker).hears_fetch is hears


PIECES = (
    *"[]{}()'\"`/*\\=,;.n+\n\ud800",
    *(
        "precacheAndRoute(",
        "addAll(",
        "importScripts(",
        "concat(",
        "define(",
        "map",
        "new Request(",
    ),
    *("cache.add(x)", "addEventListener('install',", "oninstall=", "precacheConfig=", "url:'a'"),
    *("null", "async", "function", "of", "||", "import", "from", "\\u{", "?.", "++", "return"),
    *("${", "=>", "...", "revision:"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=80))
def test_junk_never_raises(source):
    assert isinstance(facts_of(source).entries, tuple)


def test_fetched_is_a_value():
    assert Fetched(200, "text/html", b"") == Fetched(200, "text/html", b"")
