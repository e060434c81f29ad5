/* What the calls below lean on: how a call settled, and bodies that are used up. */
const settled = async (call) => {
  try {
    return await call();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
const used = async (response) => {
  await response.text();
  return response;
};
const locked = async (response) => {
  if (response.body) {
    response.body.getReader();
  }
  return response;
};
