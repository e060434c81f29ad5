/* What each call came to, briefly: model_steps.py says the same of the model. */
const elsewhere = `http://elsewhere.localhost:${location.port}/`;
const told = [];
const brief = async (value) => {
  if (Array.isArray(value)) {
    return Promise.all(value.map(brief));
  }
  if (value instanceof Response) {
    const size = value.type === "opaque" ? null : (await value.arrayBuffer()).byteLength;
    return { status: value.status, type: value.type, size: size };
  }
  if (value instanceof Request) {
    return value.method + " " + value.url.replace(location.origin, "");
  }
  return value === undefined ? null : value;
};
const settled = async (call) => {
  try {
    told.push(await brief(await call()));
  } catch (error) {
    told.push("rejects: " + error.name);
  }
};
