navigator.serviceWorker.register("sw.js");
document.getElementById("app").innerHTML = "<h1>Gallery</h1><p>Forty pictures of the sea, all of them grey.</p>";
