const STATES = ['UNCACHED', 'IDLE', 'CHECKING', 'DOWNLOADING', 'UPDATEREADY', 'OBSOLETE'];
const EVENTS = ['checking', 'error', 'noupdate', 'downloading', 'progress', 'updateready', 'cached', 'obsolete'];
const cache = window.applicationCache;
const part = (id) => document.getElementById(id);

// The application cache: its state at the foot of the page, and a bar once a new version is here.
function showState() {
  part('state').textContent = cache ? STATES[cache.status] : 'this browser has none';
}

function offerUpdate() {
  if (cache.status === cache.UPDATEREADY) {
    part('update').hidden = false;
  }
}

if (cache) {
  EVENTS.forEach((name) => cache.addEventListener(name, showState));
  cache.addEventListener('updateready', offerUpdate);
  // It may have come before this script did.
  offerUpdate();
}
part('reload').addEventListener('click', () => window.location.reload());
showState();

// Notes of one's own, kept in localStorage.
const read = () => JSON.parse(localStorage.getItem('notes') || '["A heron by the lower pond, standing on one leg."]');

function list(id, texts) {
  const items = texts.map((text) => {
    const item = document.createElement('li');
    item.textContent = text;
    return item;
  });
  part(id).textContent = '';
  part(id).append(...items);
}

part('write').addEventListener('submit', (event) => {
  event.preventDefault();
  localStorage.setItem('notes', JSON.stringify([part('text').value, ...read()]));
  part('text').value = '';
  list('own', read());
});
list('own', read());

// Notes of others, over the network or not at all.
fetch('shared.json')
  .then((answer) => answer.json())
  .then((shared) => list('shared', shared), () => list('shared', ['Cannot be reached now.']));

const network = part('network');
function showNetwork() {
  network.textContent = navigator.onLine ? 'Online' : 'Offline';
  network.classList.toggle('off', !navigator.onLine);
}
window.addEventListener('online', showNetwork);
window.addEventListener('offline', showNetwork);
showNetwork();
