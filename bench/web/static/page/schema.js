/** JSON schemas of settings, made plain: references followed, 'or nothing' turned into a flag. */

/**
 * A field as the form wants it. `nullable`: it may be left empty. `variants`: it takes several types (an empty list: one).
 * @param {any} root the schema with `$defs` @param {any} node @returns {any}
 */
export function resolve(root, node) {
  const ref = node?.$ref ?? node?.allOf?.[0]?.$ref;
  const found = ref ? { ...ref.split("/").slice(1).reduce((at, name) => at[name], root), ...node, $ref: undefined, allOf: undefined } : node;
  const any = found?.anyOf ?? found?.oneOf;
  if (!any) return found?.const !== undefined && !found.enum ? { ...found, enum: [found.const] } : found;
  const kinds = any.map((each) => resolve(root, each));
  const real = kinds.filter((each) => each.type !== "null");
  const rest = { ...found, anyOf: undefined, oneOf: undefined, nullable: real.length < kinds.length };
  const choices = real.every((each) => each.enum) ? real.flatMap((each) => each.enum) : null;
  if (choices) return { ...rest, enum: choices };
  return real.length === 1 ? { ...real[0], ...rest } : { ...rest, variants: real };
}

/** @param {any} data @param {string} path dotted */
export const at = (data, path) => path.split(".").reduce((value, key) => value?.[key], data);

/** @param {any} data @param {string} path dotted @param {any} value */
export function put(data, path, value) {
  const keys = path.split(".");
  const last = /** @type {string} */ (keys.pop());
  let here = data;
  for (const key of keys) here = here[key] ??= {};
  here[last] = value;
}
