// The page: shows four pictures, then two more with every click.
const PICTURES = [
  ['dunes', 'Dunes at noon'],
  ['harbour', 'A sail off the harbour'],
  ['forest', 'A forest in the mist'],
  ['night', 'Hills at night'],
  ['meadow', 'A meadow in May'],
  ['glacier', 'A glacier'],
  ['lighthouse', 'A lighthouse at dusk'],
  ['volcano', 'A volcano awake'],
];
const list = document.getElementById('pictures');
const more = document.getElementById('more');

function show(count) {
  PICTURES.slice(list.children.length, list.children.length + count).forEach(([name, title]) => {
    const item = document.createElement('li');
    item.innerHTML = `<figure><img src="pictures/${name}.svg" width="400" height="300" alt="${title}"><figcaption>${title}</figcaption></figure>`;
    list.appendChild(item);
  });
  more.hidden = list.children.length === PICTURES.length;
}

more.addEventListener('click', () => show(2));
show(4);

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
}
