// One test, opened.

let opened = null;

function sectionOf(title, ...children) {
  return el("section", {"aria-label": title}, el("h3", null, title), ...children);
}

function failureOf(failure) {
  const phase = {setup: "while it was set up", call: "", teardown: "while it was put away", run: "while it ran"}[failure.phase];
  return el("div.failure", null,
    el("p.where", null, [failure.type, phase, `at ${seconds(failure.t)}`].filter(Boolean).join(" · ")),
    el("h4", null, failure.reason),
    failure.message.trim() === failure.reason ? null : el("pre", null, failure.message),
    ...failure.differences.map(differenceOf),
    failure.missing.length ? el("div.difference", null, el("h5", null, "Declared and in no cache"),
      el("ul.mono", null, ...failure.missing.map((url) => el("li", null, url)))) : null,
    failure.traceback ? el("details", null, el("summary", null, "Traceback"), el("pre", {tabindex: "0"}, failure.traceback)) : null);
}

/** A difference between browser and model: both sides beside one another. */
function differenceOf(each) {
  return el("div.difference", null,
    el("h5", null, each.subject),
    el("div.sides", null,
      fields([["the model allows", each.allowed]]),
      fields([["the browser did", each.seen]])),
    fields([
      ...each.witnesses.map((witness) => ["the origin saw", witness]),
      ...(each.rule ? [["the rule", each.rule]] : []),
    ]));
}

/** Online on the left, offline on the right; what has no other half stands alone. */
function picturesOf(pictures) {
  const rows = [];
  for (const each of pictures) {
    const last = rows[rows.length - 1];
    if (each.away && last && last.length === 1 && !last[0].away) last.push(each);
    else rows.push([each]);
  }
  return rows.map((row) => el("div.pictures", null, ...row.map(pictureFigure)));
}

function pictureFigure(each) {
  const frame = el("div.gone", null, "…");
  pictureOf(each.id).then((address) => {
    if (address === null) frame.textContent = "This picture was left out, to keep the report small enough to open.";
    else frame.replaceWith(el("img", {src: address, alt: `The page, ${each.condition}, ${each.caption}`, loading: "lazy"}));
  });
  const network = each.away ? el("b.is-blocked", null, `✕ ${each.condition}`) : el("b.is-ok", null, `✓ ${each.condition}`);
  return el("figure", null,
    el("figcaption", null, network, `, ${each.caption}`, el("span.hint", null, `${seconds(each.t)} · ${each.url}`)), frame);
}

/** What the caches held at the end, with a search over all of it. */
function cachesOf(holdings) {
  const entries = holdings.reduce((sum, each) => sum + each.caches.reduce((inner, [, rows]) => inner + rows.length, 0), 0);
  const count = el("p.status", {role: "status"});
  const tables = el("div");
  const several = new Set(holdings.map((each) => each.context)).size > 1;
  const show = (wanted) => {
    let found = 0;
    tables.textContent = "";
    for (const holding of holdings) {
      for (const [name, rows] of holding.caches) {
        const kept = rows.filter((row) => !wanted || row.url.toLowerCase().includes(wanted));
        found += kept.length;
        if (kept.length || !wanted) tables.append(cacheOf(holding, name, kept, wanted, several));
      }
    }
    count.textContent = `${found.toLocaleString("en")} of ${entries.toLocaleString("en")} ${entries === 1 ? "entry" : "entries"}`;
  };
  show("");
  return sectionOf("Caches at the end of the test",
    searchField("cache-search", "Search the cached URLs", show), count, tables);
}

const MOST_ROWS = 200;

function cacheOf(holding, name, rows, wanted, several) {
  const where = `${holding.origin}${several ? `, context ${holding.context + 1}` : ""}`;
  const body = el("tbody");
  const add = (some) => body.append(...some.map((row) => entryOf(row, wanted)));
  add(rows.slice(0, MOST_ROWS));
  const more = rows.length > MOST_ROWS
    ? el("button", {type: "button", click: (event) => { add(rows.slice(MOST_ROWS)); event.target.remove(); }},
      `Show ${(rows.length - MOST_ROWS).toLocaleString("en")} more`)
    : null;
  return el("div.cache", null,
    el("h4", null, `Cache “${name}”`), el("p.hint", null, where),
    rows.length ? el("div.scroll", {tabindex: "0", role: "region", "aria-label": `Cache ${name}`}, el("table", null,
      el("thead", null, el("tr", null, el("th", {scope: "col"}, "URL"), el("th.number", {scope: "col"}, "Status"),
        el("th.number", {scope: "col"}, "Size"))), body)) : el("p.hint", null, "empty"),
    more);
}

function entryOf(row, wanted) {
  const facts = [["type", row.type], ["SHA-256", row.sha256 || "not readable"], ...row.headers];
  const status = row.status === 0 ? "opaque" : row.status >= 400 ? `✕ ${row.status}` : String(row.status);
  return el("tr", null,
    el("td", null, el("details", null, el("summary.mono", null, marked(row.url, wanted)), fields(facts))),
    el("td.number", null, el(row.status >= 400 ? "span.is-bad" : "span", null, status)), el("td.number", null, bytes(row.size)));
}

function factsOf(head) {
  const [file] = head.id.split("::");
  return el("ul.facts", null,
    el(`li.outcome.is-${head.outcome}`, null, `${SIGNS[head.outcome]} ${WORDS[head.outcome]}`),
    el("li", null, head.build || "no browser"), el("li", null, took(head.duration)), el("li", null, file));
}

function movesOf(number) {
  const link = (to, text, rel) => (index.tests[to] ? el("a", {href: addressOf(index.tests[to].id), rel}, text) : null);
  return el("nav.moves", {"aria-label": "From test to test"},
    el("a", {href: "#"}, "‹ All tests"),
    el("span", null, link(number - 1, "Previous", "prev"), link(number + 1, "Next", "next")));
}

/** Fills the article with a test; the one that was open before lets go of its listeners. */
async function openTest(article, number) {
  closeTest(article);
  const head = index.tests[number];
  const title = el("h2", {id: "detail-title", tabindex: "-1"}, nameOf(head));
  const mine = opened = {number, events: null};
  article.append(movesOf(number), title, factsOf(head));
  if (head.reason && head.outcome !== "failed" && head.outcome !== "error") article.append(el("p.notice", null, head.reason));
  title.focus();
  let data;
  try {
    data = await detailOf(number);
  } catch (error) {
    if (mine === opened) article.append(el("p.notice", null, error.message));
    return;
  }
  if (mine !== opened) return;
  fillTest(article, data, mine);
  article.dataset.filled = head.id;
}

function fillTest(article, data, mine) {
  if (data.failures.length) article.append(sectionOf(data.failures.length === 1 ? "Why it failed" : "Why it failed, in order", ...data.failures.map(failureOf)));
  if (data.pictures.length) article.append(sectionOf("Online and offline", ...picturesOf(data.pictures)));
  if (data.events.length) {
    mine.events = new Events(data);
    article.append(sectionOf("Timeline", mine.events.element));
  }
  if (data.caches.length) article.append(cachesOf(data.caches));
  if (data.artifacts.length) {
    article.append(sectionOf("Files of this test",
      el("ul", null, ...data.artifacts.map(([name, href]) => el("li", null, el("a", {href}, name))))));
  }
  if (data.notes.length) article.append(sectionOf("What this report does not have", el("ul", null, ...data.notes.map((note) => el("li", null, note)))));
  if (mine.events) mine.events.filter();
}

function closeTest(article) {
  if (opened && opened.events) opened.events.stop();
  opened = null;
  article.textContent = "";
  delete article.dataset.filled;
}
