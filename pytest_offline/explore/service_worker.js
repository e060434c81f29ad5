/* service_worker.js: one thing done to a page's service worker, and how its registration stands when
   that has settled. */
async (command) => {
  const container = navigator.serviceWorker;

  const settled = (worker, states) => new Promise((resolve) => {
    const look = () => {
      if (states.includes(worker.state)) {
        worker.removeEventListener("statechange", look);
        resolve();
      }
    };
    worker.addEventListener("statechange", look);
    look();
  });

  /* The newest worker, until it is as far as it has to come: whether it may go on by itself is
     known to whoever asks. One that does not come so far is looked at as it is, in the end. */
  const standing = async (registration) => {
    const newest = registration && (registration.installing || registration.waiting || registration.active);
    if (newest) {
      const late = new Promise((resolve) => { setTimeout(resolve, 10000); });
      await Promise.race([settled(newest, [command.until, "activated", "redundant"]), late]);
    }
  };

  const state = (registration) => ({
    registered: Boolean(registration),
    active: registration && registration.active ? registration.active.state : null,
    waiting: registration && registration.waiting ? registration.waiting.state : null,
    installing: registration && registration.installing ? registration.installing.state : null,
    controlled: Boolean(container.controller)
  });

  const find = () => container.getRegistration(command.scope);

  const acts = {
    register: async () => {
      const registration = await container.register(command.script, { scope: command.scope });
      await standing(registration);
    },
    skip: async () => {
      const registration = await find();
      const worker = registration.waiting;
      worker.postMessage(command.message);
      await settled(worker, ["activated", "redundant"]);
    },
    unregister: async () => (await find()).unregister(),
    state: async () => standing(await find()),
    ask: async () => {
      /* Not no-store: Firefox (ESR 153), while offline, asks no service worker for such a fetch. */
      const response = await fetch(command.url, { cache: "no-cache" });
      return { status: response.status, text: await response.text() };
    }
  };

  let value = null;
  let error = null;
  try {
    value = await acts[command.act]();
  } catch (failure) {
    error = `${failure.name}: ${failure.message}`;
  }
  return { value: value === undefined ? null : value, error: error, state: state(await find()) };
}
