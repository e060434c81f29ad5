// The times are in the cache with the page, so they are never newer than the page.
fetch('times.json')
  .then((answer) => answer.json())
  .then((times) => {
    document.getElementById('times').innerHTML = times
      .map(({ leaves, to, pier }) => `<tr><td>${leaves}</td><td>${to}</td><td>${pier}</td></tr>`)
      .join('');
  });

const last = document.getElementById('last');
const says = {
  noupdate: 'nothing new',
  cached: 'kept for the first time',
  updateready: 'a new version is here',
  error: 'failed, the board stays as it was',
};
const cache = window.applicationCache;
if (cache) {
  Object.keys(says).forEach((name) => {
    cache.addEventListener(name, () => {
      last.textContent = says[name];
    });
  });
} else {
  last.textContent = 'this browser has no application cache';
}

const network = document.getElementById('network');
function showNetwork() {
  network.textContent = navigator.onLine ? 'Online' : 'Offline';
  network.classList.toggle('off', !navigator.onLine);
}
window.addEventListener('online', showNetwork);
window.addEventListener('offline', showNetwork);
showNetwork();
