// Two parts are fetched when they are first wanted; the worker keeps one of them beforehand.
const shown = document.getElementById('shown');

function show(part) {
  return import(part).then(
    (loaded) => { shown.textContent = loaded.text; },
    (error) => { shown.textContent = `failed: ${error.name}`; }
  );
}

document.getElementById('map').addEventListener('click', () => show('./map.1a2b.js'));
document.getElementById('help').addEventListener('click', () => show('./help.1a2b.js'));

const changes = document.getElementById('changes');
navigator.serviceWorker.addEventListener('controllerchange', () => {
  changes.textContent = Number(changes.textContent) + 1;
});
navigator.serviceWorker.register('sw.js');
