// The summary, the list, and which test the address names.

const OUTCOMES = ["failed", "error", "xpassed", "skipped", "xfailed", "passed"];
const byId = (id) => document.getElementById(id);

function addressOf(id) {
  return `#${encodeURIComponent(id)}`;
}

/** The test's name: with its class, without its file, and without its build, which stands beside it. */
function nameOf({id, build}) {
  const at = id.indexOf("::");
  const name = at < 0 ? id : id.slice(at + 2).replace(/::/g, " › ");
  const open = build ? name.indexOf(`[${build}`) : -1;
  if (open < 0) return name;
  const rest = name.slice(open + 1 + build.length);
  if (rest === "]") return name.slice(0, open);
  return rest.startsWith("-") ? `${name.slice(0, open)}[${rest.slice(1)}` : name;
}

function countOf(...outcomes) {
  return outcomes.reduce((sum, each) => sum + (index.counts[each] || 0), 0);
}

function verdict() {
  const all = index.tests.length;
  const failed = countOf("failed", "error");
  if (!all) return "No test used the network of this plugin";
  if (failed) return `${failed.toLocaleString("en")} of ${plural(all, "test")} failed`;
  const passed = countOf("passed", "xpassed", "xfailed");
  if (!passed) return all === 1 ? "The one test was skipped" : `All ${all.toLocaleString("en")} tests were skipped`;
  return passed === all ? (all === 1 ? "The one test passed" : `All ${all.toLocaleString("en")} tests passed`)
    : `${passed.toLocaleString("en")} of ${plural(all, "test")} passed, none failed`;
}

function showTop() {
  document.title = `${verdict()} – ${index.title}`;
  byId("title").textContent = index.title;
  byId("verdict").textContent = verdict();
  const there = OUTCOMES.filter((each) => index.counts[each]);
  const bar = el("div.bar", {"aria-hidden": "true"}, ...there.map((each) => {
    const part = el(`span.is-${each}`);
    part.style.flexGrow = index.counts[each];
    return part;
  }));
  byId("counts").append(
    el("ul.tally", {"aria-label": "Outcomes"}, ...there.map((each) => el("li", null, sign(each), el("b", null, index.counts[each].toLocaleString("en")), ` ${WORDS[each]}`))),
    ...(there.length ? [bar] : []));
  const builds = index.builds.map((each) => each.name).filter(Boolean);
  const others = Object.entries(index.others).map(([word, count]) => `${count.toLocaleString("en")} ${word}`);
  byId("meta").textContent = [
    index.created && `${index.created}`, index.duration && `took ${took(index.duration)}`,
    builds.length ? `in ${builds.join(", ")}` : "", others.length ? `tests without a fixture of this plugin: ${others.join(", ")}` : "",
  ].filter(Boolean).join(" · ");
}

const MOST_REASONS = 8;

function showOverview() {
  const failed = index.tests.filter((each) => each.outcome === "failed" || each.outcome === "error");
  const cards = [];
  if (failed.length) {
    const more = failed.length - MOST_REASONS;
    cards.push(el("section.card", {"aria-labelledby": "why"}, el("h2", {id: "why"}, "Why tests failed"),
      el("ol.reasons", null, ...failed.slice(0, MOST_REASONS).map((each) => el("li", null,
        sign(each.outcome, true), el("a", {href: addressOf(each.id)}, nameOf(each)),
        el("span.hint", null, each.build ? ` ${each.build}` : ""), el("p", null, each.reason)))),
      more > 0 ? el("p.hint", null, `and ${plural(more, "more failure")}, first in the list below`) : null));
  }
  cards.push(blockedCard(), buildsCard());
  if (index.outside.length) {
    cards.push(el("section.card", {"aria-labelledby": "outside"}, el("h2", {id: "outside"}, "The world outside, refused"),
      tableOf(["Host", "Requests"], index.outside)));
  }
  byId("overview").append(...cards.filter(Boolean), ...index.notes.map((note) => el("p.notice", null, note)));
}

function blockedCard() {
  const {requests, tests, paths, most} = index.blocked;
  const card = el("section.card", {"aria-labelledby": "blocked"}, el("h2", {id: "blocked"}, "Blocked while offline"));
  if (!requests) {
    card.append(el("p", null, "Nothing: no test asked the origin for anything while it was away."));
    return card;
  }
  card.append(
    el("p", null, el("span.big", null, requests.toLocaleString("en")), ` ${requests === 1 ? "request" : "requests"} in ${plural(tests, "test")} got no answer`),
    tableOf(["Path", "Requests", "Tests"], most.map((each) => [each.path, each.requests, each.tests])));
  if (paths > most.length) card.append(el("p.hint", null, `and ${plural(paths - most.length, "more path")}`));
  return card;
}

function buildsCard() {
  if (!index.builds.length) return null;
  const rows = index.builds.map(({name, counts}) => {
    const failed = (counts.failed || 0) + (counts.error || 0);
    const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
    return [name || "no browser", failed ? `✕ ${failed.toLocaleString("en")}` : "0", all];
  });
  return el("section.card", {"aria-labelledby": "builds"}, el("h2", {id: "builds"}, "Builds"), tableOf(["Build", "Failed", "Tests"], rows));
}

function tableOf(heads, rows) {
  const cell = (value, column) => (column
    ? el("td.number", null, typeof value === "number" ? value.toLocaleString("en") : value)
    : el("th.mono", {scope: "row"}, value));
  return el("table", null,
    el("thead", null, el("tr", null, ...heads.map((head, column) => el(column ? "th.number" : "th", {scope: "col"}, head)))),
    el("tbody", null, ...rows.map((row) => el("tr", null, ...row.map(cell)))));
}

// The list: one row a test. Made once; searching hides rows.
const rows = [];
let wanted = "";
const hiddenOutcomes = new Set();

function showList() {
  for (const head of index.tests) {
    const [file] = head.id.split("::");
    const reason = el("span.reason", null, head.reason);
    const cached = el("span", {hidden: true});
    const about = el("span.about", null, ...(head.reason ? [reason] : []), `${head.build ? `${head.build} · ` : ""}${file}`, cached);
    const link = el("a", {href: addressOf(head.id)}, sign(head.outcome, true), el("span.name", null, nameOf(head)),
      el("span.took", null, took(head.duration)), about);
    const item = el("li", null, link);
    rows.push({head, item, link, cached, text: `${head.id} ${head.build || ""} ${head.reason} ${WORDS[head.outcome]}`.toLowerCase()});
  }
  byId("list").append(...rows.map((row) => row.item));
  const there = OUTCOMES.filter((each) => index.counts[each]);
  if (there.length > 1) byId("filters").append(...there.map(outcomeBox));
  else byId("filters").hidden = true;
  filterList();
}

function outcomeBox(outcome) {
  return el("label", null, el("input", {type: "checkbox", checked: true, change: (event) => {
    if (event.target.checked) hiddenOutcomes.delete(outcome);
    else hiddenOutcomes.add(outcome);
    filterList();
  }}), `${SIGNS[outcome]} ${outcome}`);
}

function filterList() {
  const paths = new Set();
  if (wanted) index.paths.forEach((path, number) => { if (path.toLowerCase().includes(wanted)) paths.add(number); });
  let found = 0;
  for (const row of rows) {
    const held = paths.size ? row.head.urls.filter((number) => paths.has(number)) : [];
    const fits = !hiddenOutcomes.has(row.head.outcome) && (!wanted || held.length > 0 || row.text.includes(wanted));
    row.item.hidden = !fits;
    found += fits ? 1 : 0;
    row.cached.hidden = !held.length;
    if (held.length) row.cached.textContent = ` · cached: ${index.paths[held[0]]}${held.length > 1 ? ` and ${held.length - 1} more` : ""}`;
  }
  byId("found").textContent = found === rows.length ? plural(found, "test") : `${found.toLocaleString("en")} of ${plural(rows.length, "test")}`;
  byId("list").hidden = !found;
}

function follow() {
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch (error) {
    id = location.hash.slice(1);
  }
  const number = index.tests.findIndex((each) => each.id === id);
  const article = byId("detail");
  document.body.classList.toggle("has-open", number >= 0);
  article.hidden = number < 0;
  for (const row of rows) row.link.removeAttribute("aria-current");
  if (number < 0) {
    const before = opened;
    closeTest(article);
    if (before) rows[before.number].link.focus();
    return;
  }
  rows[number].link.setAttribute("aria-current", "page");
  openTest(article, number);
  scrollTo(0, matchMedia("(min-width: 1000px)").matches ? byId("main").offsetTop : 0);
}

byId("search").addEventListener("input", (event) => { wanted = event.target.value.trim().toLowerCase(); filterList(); });
byId("search-form").addEventListener("submit", (event) => event.preventDefault());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the address names the test that is open, and stays
  byId("tests").scrollIntoView();
  byId("tests").focus();
});
addEventListener("hashchange", follow);
addEventListener("keydown", (event) => {
  const typing = event.target.tagName === "INPUT";
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key === "Escape" && opened && !typing) {
    location.hash = "";
  }
});

showTop();
showOverview();
showList();
follow();
