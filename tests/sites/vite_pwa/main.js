import './style.css';

const list = document.getElementById('list');
import('./things.js').then(({ things }) => {
  list.innerHTML = things.map((thing) => `<li>${thing}</li>`).join('');
});
