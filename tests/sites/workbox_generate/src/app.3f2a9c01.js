navigator.serviceWorker.register('sw.js');
navigator.serviceWorker.ready.then(() => { document.getElementById('state').textContent = 'The worker is active.'; });
