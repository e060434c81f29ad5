navigator.serviceWorker.register('worker.js');
navigator.serviceWorker.ready.then(() => { document.getElementById('state').textContent = 'The worker is active.'; });
