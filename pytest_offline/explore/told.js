/* What each call came to, briefly: allowed.py says the same of the model. */
const elsewhere = `http://elsewhere.localhost:${location.port}/`;
const told = [];
const plain = (text) => text.split(elsewhere).join("elsewhere:/").split(location.origin).join("");
const digest = async (response) => {
  if (response.type === "opaque") {
    return { size: null, sha256: null };
  }
  const body = await response.arrayBuffer();
  const bytes = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
  return { size: body.byteLength, sha256: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("") };
};
/* Of what a server sent, only the headers that are the same at every run. */
const headers = (response) => Array.from(response.headers)
  .filter(([name]) => !response.url || shown.includes(name))
  .map(([name, value]) => [name, plain(value)]);
const brief = async (value) => {
  if (Array.isArray(value)) {
    return Promise.all(value.map(brief));
  }
  if (value instanceof Response) {
    return {
      status: value.status,
      statusText: value.statusText,
      type: value.type,
      url: plain(value.url),
      redirected: value.redirected,
      headers: Object.fromEntries(headers(value)),
      ...await digest(value)
    };
  }
  if (value instanceof Request) {
    return value.method + " " + plain(value.url);
  }
  /* No lone surrogate gets out of a browser as it is. */
  return typeof value === "string"
    ? value.replace(/[\ud800-\udfff]/gu, (lone) => "\\u" + lone.charCodeAt(0).toString(16))
    : value === undefined ? null : value;
};
const settled = async (call) => {
  try {
    told.push(await brief(await call()));
  } catch (error) {
    told.push("rejects: " + error.name);
  }
};
