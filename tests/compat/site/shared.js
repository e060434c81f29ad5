// Says what an expression comes to in a shared worker.
importScripts("/runner.js");
onconnect = (event) => { event.ports[0].onmessage = answer; };
