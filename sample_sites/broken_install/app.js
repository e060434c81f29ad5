const network = document.getElementById('network');
function showNetwork() {
  network.textContent = navigator.onLine ? 'Online' : 'Offline';
  network.classList.toggle('off', !navigator.onLine);
}
window.addEventListener('online', showNetwork);
window.addEventListener('offline', showNetwork);
showNetwork();

const worker = document.getElementById('worker');
if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('sw.js').then((registration) => {
    const installing = registration.installing;
    if (installing) {
      installing.addEventListener('statechange', () => { worker.textContent = installing.state; });
    }
  });
}
