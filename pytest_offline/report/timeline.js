// The timeline: lanes on a canvas, for a test may have 50,000 events. The list below it says the same
// in words; both show the same choice.

const LANES = ["test", "page", "worker", "caches", "appcache", "origin", "network"];
const LANE_NAMES = {
  test: "test", page: "pages", worker: "workers", caches: "caches", appcache: "AppCache", origin: "origin", network: "network",
};
const MARKS = {
  put: "◆", call: "●", answer: "▶", fetch: "▷", request: "■", life: "▲", page: "▮", change: "┃", failed: "✕", note: "•",
};
const LANE_HEIGHT = 40;
const AXIS_HEIGHT = 30;
const MARGIN = 14;
const NEAR = 12;

/** What an event looks like in words: its mark, or a cross where it went wrong. */
function markOf(event) {
  if (event.k === "change") return MARKS.change;
  return event.s === "bad" || event.s === "blocked" ? "✕" : event.s === "miss" || event.s === "open" ? "○" : MARKS[event.k];
}

class Timeline {
  /** `choose(number)` is called with the event that was clicked or reached by keyboard. */
  constructor(data, choose) {
    this.events = data.events;
    this.periods = data.periods;
    this.end = Math.max(data.end, ...data.periods.map((each) => each.from), ...data.failures.map((each) => each.t), 1);
    this.lanes = LANES.filter((lane) => data.events.some((event) => event.l === lane));
    this.shown = data.events.map((_, number) => number);
    this.choose = choose;
    this.chosen = null;
    this.from = 0;
    this.to = this.end;
    this.canvas = el("canvas", {
      tabindex: "0", role: "application", "aria-label": this.description(),
      "aria-roledescription": "timeline", "aria-describedby": "timeline-help",
    });
    this.canvas.style.height = `${this.height()}px`;
    this.tip = el("div.tip", {hidden: true, "aria-hidden": "true"});
    this.element = el("div.stage", null, this.canvas, this.tip);
    this.listen();
  }

  description() {
    const away = this.periods.filter((each) => each.away).length;
    return `Timeline of ${plural(this.events.length, "event")} in ${seconds(this.end)}, ` +
      `${plural(away, "offline period")}. Arrow keys go from event to event.`;
  }

  height() {
    return AXIS_HEIGHT + this.lanes.length * LANE_HEIGHT;
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    canvas.addEventListener("pointerdown", (event) => {
      this.drag = {x: event.offsetX, from: this.from, far: false};
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", (event) => {
      const clicked = this.drag && !this.drag.far;
      this.drag = null;
      const found = clicked ? this.at(event.offsetX, event.offsetY) : null;
      if (found !== null) this.choose(found);
    });
    /* A finger that begins to scroll takes the pointer away without letting it go. */
    canvas.addEventListener("lostpointercapture", () => { this.drag = null; });
    canvas.addEventListener("wheel", (event) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.5 : 1 / 1.5, this.timeAt(event.offsetX));
    }, {passive: false});
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(canvas);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.draw();
    this.scheme.addEventListener("change", this.recolour);
  }

  /** Lets go of what would outlive the element. */
  stop() {
    this.resized.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
  }

  moved(event) {
    if (this.drag) {
      const by = (this.drag.x - event.offsetX) * (this.to - this.from) / this.inner();
      if (Math.abs(this.drag.x - event.offsetX) > 4) this.drag.far = true;
      if (this.drag.far) this.span(this.drag.from + by, this.drag.from + by + (this.to - this.from));
      return;
    }
    const found = this.at(event.offsetX, event.offsetY);
    this.tip.hidden = found === null;
    if (found === null) return;
    const each = this.events[found];
    this.tip.textContent = `${seconds(each.t)}  ${each.x}`;
    const x = this.x(each.t);
    const left = x < this.width / 2;
    this.tip.style.left = left ? `${Math.max(0, x + 12)}px` : "auto";
    this.tip.style.right = left ? "auto" : `${Math.max(0, this.width - x + 12)}px`;
    this.tip.style.top = `${Math.max(0, this.y(each.l) - 8)}px`;
  }

  pressed(event) {
    const moves = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), ArrowDown: () => this.change(1), ArrowUp: () => this.change(-1),
      Home: () => this.pick(0), End: () => this.pick(this.shown.length - 1),
      "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5), 0: () => this.fit(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  }

  pick(place) {
    if (this.shown.length) this.choose(this.shown[Math.min(Math.max(place, 0), this.shown.length - 1)]);
  }

  step(by) {
    const place = this.shown.indexOf(this.chosen);
    this.pick(place < 0 ? 0 : place + by);
  }

  /** To the event nearest in time in the next lane that has one. */
  change(by) {
    if (this.chosen === null) { this.pick(0); return; }
    const here = this.events[this.chosen];
    for (let lane = this.lanes.indexOf(here.l) + by; lane >= 0 && lane < this.lanes.length; lane += by) {
      const found = this.nearest(this.lanes[lane], here.t);
      if (found !== null) { this.choose(found); return; }
    }
  }

  nearest(lane, time) {
    let best = null;
    for (const number of this.shown) {
      const each = this.events[number];
      if (each.l === lane && (best === null || Math.abs(each.t - time) < Math.abs(this.events[best].t - time))) best = number;
    }
    return best;
  }

  at(x, y) {
    const lane = this.lanes[Math.floor((y - AXIS_HEIGHT) / LANE_HEIGHT)];
    if (lane === undefined) return null;
    const found = this.nearest(lane, this.timeAt(x));
    return found !== null && Math.abs(this.x(this.events[found].t) - x) <= NEAR ? found : null;
  }

  /** Only these events are drawn: numbers in order. */
  show(numbers) {
    this.shown = numbers;
    this.draw();
  }

  select(number) {
    this.chosen = number;
    const time = this.events[number].t;
    const room = (this.to - this.from) * 0.05;
    if (time < this.from || time > this.to) {
      const half = (this.to - this.from) / 2;
      this.span(time - half, time + half);
    } else if (time < this.from + room && this.from > 0) {
      this.span(this.from - room, this.to - room);
    } else if (time > this.to - room && this.to < this.end) {
      this.span(this.from + room, this.to + room);
    } else {
      this.draw();
    }
  }

  zoom(factor, around) {
    const middle = around !== undefined ? around : this.chosen !== null ? this.events[this.chosen].t : (this.from + this.to) / 2;
    const length = Math.max(Math.min((this.to - this.from) / factor, this.end), 0.5);
    const share = (middle - this.from) / (this.to - this.from);
    this.span(middle - share * length, middle + (1 - share) * length);
  }

  fit() {
    this.span(0, this.end);
  }

  span(from, to) {
    const length = Math.min(to - from, this.end);
    this.from = Math.min(Math.max(from, 0), this.end - length);
    this.to = this.from + length;
    this.draw();
  }

  inner() {
    return Math.max(this.width - 2 * MARGIN, 1);
  }

  x(time) {
    return MARGIN + (time - this.from) * this.inner() / (this.to - this.from);
  }

  timeAt(x) {
    return this.from + (x - MARGIN) * (this.to - this.from) / this.inner();
  }

  y(lane) {
    return AXIS_HEIGHT + (this.lanes.indexOf(lane) + 0.68) * LANE_HEIGHT;
  }

  draw() {
    this.width = this.canvas.clientWidth;
    if (!this.width) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height() * ratio);
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(ratio, ratio);
    this.pen.fillStyle = this.colour("paper");
    this.pen.fillRect(0, 0, this.width, this.height());
    this.periods.forEach((each) => this.drawPeriod(each));
    this.drawAxis();
    this.lanes.forEach((lane, row) => this.drawLane(lane, row));
    this.drawEvents();
  }

  /** Shaded, hatched and named: the eye that sees no colours sees it too. */
  drawPeriod(period) {
    const pen = this.pen;
    const from = Math.max(this.x(period.from), -20);
    const to = Math.min(this.x(period.to === null ? this.end : period.to) + (period.to === null ? MARGIN : 0), this.width + 20);
    if (to < 0 || from > this.width) return;
    pen.save();
    pen.beginPath();
    pen.rect(from, AXIS_HEIGHT, Math.max(to - from, 2), this.height());
    pen.clip();
    pen.fillStyle = period.away ? this.colour("away-soft") : this.colour("raised");
    pen.fillRect(from, AXIS_HEIGHT, to - from + 2, this.height());
    if (period.away) {
      pen.strokeStyle = this.colour("away");
      pen.globalAlpha = 0.28;
      pen.lineWidth = 1;
      pen.beginPath();
      for (let x = from - this.height(); x < to; x += 11) {
        pen.moveTo(x, this.height());
        pen.lineTo(x + this.height(), 0);
      }
      pen.stroke();
    }
    pen.restore();
    pen.strokeStyle = this.colour(period.away ? "away" : "edge");
    pen.lineWidth = 1.5;
    for (const x of period.to === null ? [from] : [from, to]) this.line(x, AXIS_HEIGHT - 4, x, this.height());
    this.drawLabel(period, Math.max(from, 0), Math.min(to, this.width));
  }

  drawLabel(period, from, to) {
    const pen = this.pen;
    pen.font = `600 12px ${this.colour("sans")}`;
    if (pen.measureText(period.name).width > to - from - 6) return;
    pen.fillStyle = this.colour(period.away ? "away" : "muted");
    pen.fillText(period.name, from + 4, AXIS_HEIGHT + 13);
  }

  drawAxis() {
    const pen = this.pen;
    const step = this.tick();
    pen.font = `12px ${this.colour("sans")}`;
    pen.fillStyle = this.colour("muted");
    pen.strokeStyle = this.colour("line");
    pen.lineWidth = 1;
    for (let time = Math.ceil(this.from / step) * step; time <= this.to; time += step) {
      const x = this.x(time);
      const text = step < 1000 ? `${Math.round(time * 10) / 10} ms` : `${Math.round(time / 100) / 10} s`;
      this.line(x, AXIS_HEIGHT - 6, x, AXIS_HEIGHT);
      const width = pen.measureText(text).width;
      pen.fillText(text, Math.min(Math.max(x - width / 2, 4), this.width - width - 4), 17);
    }
  }

  /** A round number of milliseconds, some 90 pixels apart. */
  tick() {
    const wanted = (this.to - this.from) / Math.max(this.inner() / 90, 1);
    const power = 10 ** Math.floor(Math.log10(wanted));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted);
  }

  drawLane(lane, row) {
    const top = AXIS_HEIGHT + row * LANE_HEIGHT;
    this.pen.strokeStyle = this.colour("line");
    this.pen.lineWidth = 1;
    this.line(0, top, this.width, top);
    this.pen.font = `600 11px ${this.colour("sans")}`;
    const name = LANE_NAMES[lane];
    const width = this.pen.measureText(name).width;
    this.pen.fillStyle = this.colour("paper");
    this.pen.fillRect(this.width - width - 14, top + 3, width + 8, 14);
    this.pen.fillStyle = this.colour(`lane-${lane}`);
    this.pen.fillText(name, this.width - width - 10, top + 14);
  }

  /** One mark a place and shape: of 50,000 events most would be drawn over one another. */
  drawEvents() {
    const taken = new Set();
    const late = [];
    for (const number of this.shown) {
      const event = this.events[number];
      const x = this.x(event.t);
      if (event.t > this.to || (event.t + (event.d || 0) < this.from)) continue;
      if (event.s !== "ok") { late.push(event); continue; }
      this.once(taken, event, x);
    }
    for (const event of late) this.once(taken, event, this.x(event.t));
    if (this.chosen !== null) this.drawChosen(this.events[this.chosen]);
  }

  once(taken, event, x) {
    const place = `${event.l} ${markOf(event)} ${Math.round(x / 2)}`;
    if (taken.has(place)) return;
    taken.add(place);
    this.drawEvent(event, x);
  }

  drawEvent(event, x) {
    const pen = this.pen;
    const y = this.y(event.l);
    const bad = event.s === "bad";
    pen.fillStyle = pen.strokeStyle = this.colour(bad ? "bad" : event.s === "blocked" ? "away" : `lane-${event.l}`);
    pen.lineWidth = 2;
    if (event.d) {
      pen.globalAlpha = 0.45;
      pen.fillRect(x, y - 2, Math.max(this.x(event.t + event.d) - x, 1), 4);
      pen.globalAlpha = 1;
    }
    pen.beginPath();
    if (event.k === "change") this.shape(event.k, x, y);
    else if (bad || event.s === "blocked") this.cross(x, y, event.k === "failed" ? 7 : 5);
    else if (event.s === "miss" || event.s === "open") this.ring(x, y);
    else this.shape(event.k, x, y);
  }

  cross(x, y, size) {
    this.line(x - size, y - size, x + size, y + size);
    this.line(x - size, y + size, x + size, y - size);
  }

  ring(x, y) {
    this.pen.arc(x, y, 4.5, 0, 7);
    this.pen.save();
    this.pen.fillStyle = this.colour("paper");
    this.pen.fill();
    this.pen.restore();
    this.pen.stroke();
  }

  shape(kind, x, y) {
    const points = {
      put: [[0, -7], [7, 0], [0, 7], [-7, 0]], answer: [[-4, -5], [6, 0], [-4, 5]], fetch: [[-4, -5], [6, 0], [-4, 5]],
      request: [[-4, -4], [4, -4], [4, 4], [-4, 4]], life: [[0, -6], [6, 5], [-6, 5]],
      page: [[-2, -7], [2, -7], [2, 7], [-2, 7]], change: [[-1.5, -10], [1.5, -10], [1.5, 10], [-1.5, 10]],
    }[kind];
    if (!points) {
      this.pen.arc(x, y, kind === "note" ? 2.5 : 4, 0, 7);
      this.pen.fill();
      return;
    }
    points.forEach(([dx, dy], number) => (number ? this.pen.lineTo(x + dx, y + dy) : this.pen.moveTo(x + dx, y + dy)));
    this.pen.closePath();
    if (kind === "fetch") this.pen.stroke();
    else this.pen.fill();
  }

  drawChosen(event) {
    const x = this.x(event.t);
    this.pen.strokeStyle = this.colour("ink");
    this.pen.lineWidth = 1;
    this.line(x, AXIS_HEIGHT, x, this.height());
    this.pen.lineWidth = 2.5;
    this.pen.beginPath();
    this.pen.arc(x, this.y(event.l), 10, 0, 7);
    this.pen.stroke();
  }

  line(x1, y1, x2, y2) {
    this.pen.beginPath();
    this.pen.moveTo(x1, y1);
    this.pen.lineTo(x2, y2);
    this.pen.stroke();
  }
}
