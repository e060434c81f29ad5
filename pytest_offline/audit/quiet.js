/* quiet.js: resolves with true once the document has not changed for so long, with false when that took
   longer than the limit; all in milliseconds. A page that ticks (a clock, an animation) is never quiet. */
({quiet, limit}) => new Promise((resolve) => {
  const started = performance.now();
  let last = started;
  const observer = new MutationObserver(() => { last = performance.now(); });
  observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  const check = () => {
    const now = performance.now();
    const settled = now - last >= quiet;
    if (settled || now - started >= limit) {
      observer.disconnect();
      resolve(settled);
    } else {
      setTimeout(check, Math.max(10, quiet - (now - last)));
    }
  };
  setTimeout(check, quiet);
})
