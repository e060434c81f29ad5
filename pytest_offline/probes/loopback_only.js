// For builds too old to be let near strangers: WebRTC sends datagrams to literal addresses past
// every rule a command line can set in them, so pages do not get it. Workers never had it.
(() => {
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCIceTransport"]) {
    delete globalThis[name];
  }
})();
