// A board of messages, with nothing but Node itself: what was seen once is there offline.
const http = require("node:http");
const zlib = require("node:zlib");

const messages = ["Welcome"];
const streams = new Set();

const PAGE = `<!doctype html><title>Board</title><link rel=icon href=data:,>
<h1>Board</h1><ul></ul><output></output><script>
async function show() {
  const messages = await (await fetch("/api/messages")).json();
  document.querySelector("ul").innerHTML = messages.map(text => "<li>" + text).join("");
}
navigator.serviceWorker.register("/sw.js");
navigator.serviceWorker.ready.then(show);
new EventSource("/api/live").onmessage = event => {
  document.querySelector("output").textContent = event.data;
  show();
};
</script>`;

const WORKER = `
self.addEventListener("install", event => {
  self.skipWaiting();
  event.waitUntil(caches.open("board").then(cache => cache.addAll(["/", "/api/messages"])));
});
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => {
  if (event.request.method !== "GET" || event.request.url.endsWith("/live")) return;
  event.respondWith((async () => {
    const cache = await caches.open("board");
    try {
      const fresh = await fetch(event.request);
      await cache.put(event.request, fresh.clone());
      return fresh;
    } catch (error) {
      return await cache.match(event.request) ?? Response.error();
    }
  })());
});
`;

function send(response, type, body) {
  // As servers in front of Node apps do: whatever the browser takes, packed.
  response.writeHead(200, { "Content-Type": type, "Content-Encoding": "br", Vary: "Accept-Encoding" });
  response.end(zlib.brotliCompressSync(body));
}

const server = http.createServer((request, response) => {
  const cookie = request.headers.cookie ?? "";
  if (request.url === "/") {
    if (!cookie.includes("seen=1")) {
      response.writeHead(302, {
        Location: `http://${request.headers.host}/`,
        "Set-Cookie": `seen=1; Domain=${request.headers.host.split(":")[0]}; HttpOnly; Path=/`,
      });
      response.end();
      return;
    }
    send(response, "text/html", PAGE);
  } else if (request.url === "/sw.js") {
    send(response, "text/javascript", WORKER);
  } else if (request.url === "/api/messages" && request.method === "GET") {
    send(response, "application/json", JSON.stringify(messages));
  } else if (request.url === "/api/messages" && request.method === "POST") {
    let body = "";
    request.on("data", data => { body += data; });
    request.on("end", () => {
      messages.push(body);
      for (const stream of streams) stream.write(`data: ${messages.length}\n\n`);
      response.end("ok");
    });
  } else if (request.url === "/api/live") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`data: ${messages.length}\n\n`);
    streams.add(response);
    request.on("close", () => streams.delete(response));
  } else if (request.url === "/api/streams") {
    response.end(String(streams.size));
  } else {
    response.writeHead(404);
    response.end("nothing here");
  }
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
