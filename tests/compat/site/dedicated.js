// Says what an expression comes to in a dedicated worker.
importScripts("/runner.js");
onmessage = answer;
