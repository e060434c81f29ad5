// As Angular's provideServiceWorker does with its default strategy: once the page has been stable.
window.addEventListener('load', () => navigator.serviceWorker.register('ngsw-worker.js'));
