/* look.js: what one look at a page takes in, as one object; called with the most characters of text.
   Everything is read, nothing is changed. Shadow roots count, frames do not. */
(most) => {
  const texts = [];
  const roots = [];
  const collect = (root) => {
    roots.push(root);
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) {
        const content = [...element.shadowRoot.childNodes]
          .filter((node) => !(node instanceof HTMLStyleElement || node instanceof HTMLScriptElement))
          .map((node) => node.innerText === undefined ? node.textContent : node.innerText);
        texts.push(content.join(" "));
        collect(element.shadowRoot);
      }
    }
  };
  texts.push(document.body ? document.body.innerText : "");
  collect(document);
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const short = (url) => url.startsWith("data:") ? url.slice(0, 40) : url;
  /* What is folded away has a box in browsers of today, and none in those that cannot be asked. */
  const isSeen = (element) => element.checkVisibility
    ? element.checkVisibility({ checkVisibilityCSS: true })
    : element.getClientRects().length > 0;
  const rules = (sheet) => {
    try {
      return sheet.cssRules.length;
    } catch (error) {
      return 1; // of another origin: it is there, and says no more
    }
  };
  const nodes = {};
  for (const name of ["main", "article", "nav", "form", "table", "img", "video", "audio", "canvas", "iframe", "button"]) {
    nodes[name] = all(name).length;
  }
  const drawn = all("img").filter((image) => image.complete && (image.currentSrc || image.src));
  const manifest = document.querySelector("link[rel~=manifest]");
  return {
    url: document.URL,
    title: document.title,
    text: texts.join(" ").slice(0, most),
    headings: all("h1, h2").map((heading) => heading.innerText.trim()).filter(Boolean).slice(0, 50),
    nodes,
    images: drawn.map((image) => [short(image.currentSrc || image.src), image.naturalWidth, image.naturalHeight]),
    styles: [...document.styleSheets].filter((sheet) => !sheet.disabled && rules(sheet) > 0).length,
    links: all("a[href]").map((link) => link.href).filter((href) => typeof href === "string").slice(0, 6000),
    /* The href of a link in SVG is no text, but an object. */
    downloads: all("a[download][href]").map((link) => link.href).filter((href) => typeof href === "string").slice(0, 1000),
    manifest: manifest ? manifest.href : null,
    password: all("input[type=password]").filter(isSeen).length,
    loading: document.readyState !== "complete",
  };
}
