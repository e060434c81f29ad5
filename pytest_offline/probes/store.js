/* store.js: a log that outlives its realm, in an IndexedDB database of our own.

   Init scripts do not run in workers and no browser lets a worker call out to the test, so a
   worker leaves its records here and a page hands them over. `commit()` is sent with the write:
   a realm that ends right after it does not take the record along. The site's own list of
   databases does not show this one. */

const DATABASE = "pytest-offline";
const STORE = "batches";
let opened;

const openStore = () => {
  if (opened === undefined) {
    opened = new Promise((resolve, reject) => {
      const request = native.indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => { request.result.createObjectStore(STORE, { autoIncrement: true }); };
      request.onerror = () => { opened = undefined; reject(request.error); };
      request.onsuccess = () => {
        request.result.onclose = () => { opened = undefined; database = undefined; };
        request.result.onversionchange = () => { request.result.close(); opened = undefined; database = undefined; };
        database = request.result;
        resolve(request.result);
      };
    });
  }
  return opened;
};
let database;

/* Writes at once where the database is open already: pagehide leaves no time to wait. */
const writeBatch = (target, batch) => new Promise((resolve, reject) => {
  const transaction = target.transaction(STORE, "readwrite");
  transaction.oncomplete = resolve;
  transaction.onabort = () => { reject(transaction.error); };
  transaction.objectStore(STORE).add(batch);
  if (transaction.commit) {
    transaction.commit();
  }
});

const storeBatch = (batch) => {
  if (database) {
    try {
      return writeBatch(database, batch);
    } catch (closed) {
      opened = undefined;
      database = undefined;
    }
  }
  return native.apply(native.then, openStore(), [(target) => writeBatch(target, batch)]);
};

/* Every batch stored after the key given, with the key of the last one. */
const readBatches = (after) => native.apply(native.then, openStore(), [(target) => new Promise((resolve, reject) => {
  const range = after > 0 ? IDBKeyRange.lowerBound(after, true) : undefined;
  const store = target.transaction(STORE).objectStore(STORE);
  const keys = store.getAllKeys(range);
  const values = store.getAll(range);
  values.onsuccess = () => { resolve({ batches: values.result, last: keys.result.length ? keys.result[keys.result.length - 1] : after }); };
  values.onerror = () => { reject(values.error); };
})]);

if (scope.IDBFactory) {
  replaceMethod(scope.IDBFactory.prototype, "databases", (target, self, args) => native.apply(native.then, native.apply(target, self, args), [
    (list) => list.filter((entry) => entry.name !== DATABASE)
  ]));
}
