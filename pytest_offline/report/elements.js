// Elements are made of text nodes only: nothing that a site said is ever read as HTML.

const SIGNS = {failed: "✕", error: "✕", xpassed: "!", skipped: "–", xfailed: "≈", passed: "✓"};
const WORDS = {
  failed: "failed", error: "error", xpassed: "passed, though a failure was expected", skipped: "skipped",
  xfailed: "failed, as expected", passed: "passed",
};

/** el("p.note", {id: "x"}, "text", child): an element. Properties that are functions are listeners. */
function el(selector, properties, ...children) {
  const [name, ...classes] = selector.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties || {})) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}

function took(duration) {
  return duration < 60 ? `${duration.toFixed(duration < 10 ? 2 : 1)} s` : `${Math.floor(duration / 60)} min ${Math.round(duration % 60)} s`;
}

function bytes(size) {
  if (size === null || size === undefined) return "not readable";
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** A sign for the eye; the word stands beside it, or is there for who listens. */
function sign(outcome, spoken) {
  return el(`span.sign.is-${outcome}`, null, el("span", {"aria-hidden": "true"}, SIGNS[outcome]),
    spoken ? el("span.unseen", null, `${WORDS[outcome]}: `) : null);
}

/** The text with what was searched for marked in it. */
function marked(text, wanted) {
  const found = el("span");
  const low = text.toLowerCase();
  let from = 0;
  while (wanted) {
    const at = low.indexOf(wanted, from);
    if (at < 0) break;
    found.append(text.slice(from, at), el("mark", null, text.slice(at, at + wanted.length)));
    from = at + wanted.length;
  }
  found.append(text.slice(from));
  return found;
}

/** A list of names and values. */
function fields(pairs) {
  return el("dl.fields", null, ...pairs.flatMap(([name, value]) => [el("dt", null, name), el("dd.mono", null, value)]));
}

/** A search field with its label; called with what is wanted, in lower case. */
function searchField(id, label, changed) {
  const input = el("input", {id, type: "search", autocomplete: "off", spellcheck: "false"});
  input.addEventListener("input", () => changed(input.value.trim().toLowerCase()));
  return el("div", null, el("label", {for: id}, label), input);
}
