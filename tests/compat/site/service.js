// Says what an expression comes to in a service worker.
importScripts("/runner.js");
onmessage = (event) => event.waitUntil(answer(event));
