const network = document.getElementById('network');
function showNetwork() {
  network.textContent = navigator.onLine ? 'Online' : 'Offline';
  network.classList.toggle('off', !navigator.onLine);
}
window.addEventListener('online', showNetwork);
window.addEventListener('offline', showNetwork);
showNetwork();

if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('sw.js');
  if (navigator.serviceWorker.controller) {
    document.getElementById('control').textContent = 'looked after by the worker.';
  }
}
