// The same events as a list of which only the rows in sight exist, with a filter, and one event in full.

const ROW = 30;

class EventList {
  /** `choose(number)` is called with the event that was clicked or reached by keyboard. */
  constructor(data, choose) {
    this.events = data.events;
    this.away = data.periods.filter((each) => each.away);
    this.shown = [];
    this.choose = choose;
    this.chosen = null;
    this.spacer = el("div", {role: "presentation"});
    this.window = el("div.window", {
      tabindex: "0", role: "listbox", "aria-label": "Events, one a line",
      scroll: () => this.draw(), keydown: (event) => this.pressed(event),
    }, this.spacer);
    this.full = el("div.chosen", {"aria-live": "polite", tabindex: "0", role: "region", "aria-label": "The chosen event"},
      el("p.hint", null, "Choose an event in the timeline or in the list to see all of it."));
    this.element = el("div.events", null, this.window, this.full);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.window);
  }

  stop() {
    this.resized.disconnect();
  }

  show(numbers) {
    this.shown = numbers;
    this.spacer.style.height = `${Math.max(numbers.length, 1) * ROW}px`;
    this.draw();
  }

  select(number) {
    this.chosen = number;
    const place = this.shown.indexOf(number);
    const top = place * ROW;
    if (place >= 0 && (top < this.window.scrollTop || top + ROW > this.window.scrollTop + this.window.clientHeight)) {
      this.window.scrollTop = Math.max(0, top - this.window.clientHeight / 2);
    }
    this.draw();
    this.tell(this.events[number]);
  }

  tell(event) {
    const length = event.d ? ` for ${seconds(event.d)}` : "";
    const network = this.isAway(event.t) ? " · offline" : "";
    this.full.textContent = "";
    this.full.append(
      el("h4", null, event.x),
      el("p.hint", null, `${LANE_NAMES[event.l]} · at ${seconds(event.t)}${length}${network}`),
      fields(event.f),
    );
  }

  isAway(time) {
    return this.away.some((each) => each.from <= time && (each.to === null || time < each.to));
  }

  pressed(event) {
    const page = Math.max(1, Math.floor(this.window.clientHeight / ROW) - 1);
    const moves = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity};
    if (event.ctrlKey || event.metaKey || event.altKey || moves[event.key] === undefined || !this.shown.length) return;
    event.preventDefault();
    const place = this.shown.indexOf(this.chosen);
    const wanted = place < 0 ? 0 : place + moves[event.key];
    this.choose(this.shown[Math.min(Math.max(wanted, 0), this.shown.length - 1)]);
  }

  draw() {
    const from = Math.max(0, Math.floor(this.window.scrollTop / ROW) - 4);
    const to = Math.min(this.shown.length, from + Math.ceil(this.window.clientHeight / ROW) + 9);
    const rows = [];
    for (let place = from; place < to; place += 1) rows.push(this.row(place));
    this.spacer.textContent = "";
    this.spacer.append(...rows);
    if (!this.shown.length) this.spacer.append(el("p.empty", null, "No event has that."));
    const here = document.getElementById(`event-${this.chosen}`);
    if (here) this.window.setAttribute("aria-activedescendant", here.id);
    else this.window.removeAttribute("aria-activedescendant");
  }

  row(place) {
    const number = this.shown[place];
    const event = this.events[number];
    const state = event.s === "ok" ? `lane-${event.l}` : `is-${event.s}`;
    const made = el("div.row", {
      id: `event-${number}`, role: "option", "aria-selected": String(number === this.chosen),
      "aria-posinset": place + 1, "aria-setsize": this.shown.length, title: event.x, click: () => this.choose(number),
    },
      el("span.at", null, seconds(event.t)),
      el(`span.${state}`, {"aria-hidden": "true"}, markOf(event)),
      el(`span.lane.lane-${event.l}`, null, LANE_NAMES[event.l]),
      el("span", null, event.x));
    made.style.top = `${place * ROW}px`;
    if (this.isAway(event.t)) made.classList.add("away");
    return made;
  }
}

/** The timeline and the list, with their filter, as one section. */
class Events {
  constructor(data) {
    this.data = data;
    this.wanted = "";
    this.hidden = new Set();
    const choose = (number) => this.select(number);
    this.timeline = new Timeline(data, choose);
    this.list = new EventList(data, choose);
    this.count = el("p.status", {role: "status"});
    this.element = el("div", null,
      this.toolbar(), this.timeline.element, this.legend(),
      searchField("event-search", "Search the events", (wanted) => { this.wanted = wanted; this.filter(); }),
      this.checkboxes(), this.count, this.list.element);
    this.filter();
  }

  stop() {
    this.timeline.stop();
    this.list.stop();
  }

  toolbar() {
    const timeline = this.timeline;
    const button = (text, label, act) => el("button", {type: "button", "aria-label": label, click: act}, text);
    return el("div.toolbar", {role: "group", "aria-label": "Zoom"},
      button("+", "Zoom in", () => timeline.zoom(1.5)),
      button("−", "Zoom out", () => timeline.zoom(1 / 1.5)),
      button("Whole test", "Show the whole test", () => timeline.fit()),
      el("span.hint", {id: "timeline-help"}, "Arrow keys: event to event, lane to lane. + − 0 or Ctrl and wheel: zoom. Drag to move."));
  }

  legend() {
    const kinds = new Set(this.data.events.map((event) => event.k));
    const names = {
      put: "put into a cache", call: "other call", answer: "worker answers", fetch: "worker fetches", request: "request",
      life: "step of a life", page: "page", change: "the network changes",
    };
    const entries = Object.keys(names).filter((kind) => kinds.has(kind)).map((kind) => el("li", null, `${MARKS[kind]} ${names[kind]}`));
    const states = new Set(this.data.events.map((event) => event.s));
    if (states.has("bad") || states.has("blocked")) entries.push(el("li", null, "✕ blocked, or failed"));
    if (states.has("miss") || states.has("open")) entries.push(el("li", null, "○ a miss, or not settled"));
    if (this.data.periods.some((each) => each.away)) entries.push(el("li", null, el("span.hatch"), "no network"));
    return el("ul.legend", {"aria-label": "What the marks mean"}, ...entries);
  }

  checkboxes() {
    const box = (lane) => el("label", null,
      el("input", {type: "checkbox", checked: true, change: (event) => {
        if (event.target.checked) this.hidden.delete(lane);
        else this.hidden.add(lane);
        this.filter();
      }}), LANE_NAMES[lane]);
    return el("fieldset", null, el("legend", null, "Lanes"), ...this.timeline.lanes.map(box));
  }

  filter() {
    const numbers = [];
    this.data.events.forEach((event, number) => {
      if (!this.hidden.has(event.l) && (!this.wanted || event.x.toLowerCase().includes(this.wanted))) numbers.push(number);
    });
    this.count.textContent = `${numbers.length.toLocaleString("en")} of ${plural(this.data.events.length, "event")}`;
    this.timeline.show(numbers);
    this.list.show(numbers);
  }

  select(number) {
    this.timeline.select(number);
    this.list.select(number);
  }
}
