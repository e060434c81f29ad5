fetch('data/tonight.json')
  .then((answer) => answer.json())
  .then(({ seeing }) => {
    document.getElementById('seeing').textContent = seeing;
  });

const network = document.getElementById('network');
function showNetwork() {
  network.textContent = navigator.onLine ? 'Online' : 'Offline';
  network.classList.toggle('off', !navigator.onLine);
}
window.addEventListener('online', showNetwork);
window.addEventListener('offline', showNetwork);
showNetwork();
