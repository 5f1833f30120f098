/** Which window this is: the same after a reload, and never the same in two windows at once (a copied one gets a name of its own). */

const KEY = "firstword.tasks.window";

/** @returns {Promise<string>} */
export async function windowName() {
  const known = sessionStorage.getItem(KEY);
  if (known && (await held(known))) return known;
  const name = crypto.randomUUID();
  sessionStorage.setItem(KEY, name);
  await held(name);
  return name;
}

/** Hold the name as long as this window lives. @param {string} name @returns {Promise<boolean>} false when another window has it */
function held(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(`${KEY}.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}
