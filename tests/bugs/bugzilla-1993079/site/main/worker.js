onmessage = () => postMessage(navigator.onLine);
