/* online.js: for documents that were opened while the browser was told to be offline, in Firefox.

   There (ESR 153) such a document is told of nothing when the network comes back: the window takes
   what it was at its start from the machine, not from the switch of its browsing context, sees no
   change and fires no event. The test's session says when the switch was taken back, and the event
   that every other build fires is fired here, unless this Firefox did it itself. */

if (!scope.navigator.onLine) {
  let told = false;
  scope.addEventListener("online", () => { told = true; }, true);
  scope.addEventListener(TOKEN, (event) => {
    event.stopImmediatePropagation();
    const tell = () => {
      if (!scope.navigator.onLine) {
        scope.setTimeout(tell, 5);
      } else if (!told) {
        scope.dispatchEvent(new scope.Event("online"));
      }
    };
    if (!told) { tell(); }
  }, true);
}
