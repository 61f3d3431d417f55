declare const Bun: { readonly main: string };

const folder = Bun.main.replace(/[^/\\]*$/, "");
const loaded = new Map<string, { exports: unknown }>();

/** Runs a file of `chunks` as `require` would: bun has embedded each, with its bytecode, and reads none before. */
export function loadChunk(name: string): unknown {
  const known = loaded.get(name);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  const load = (id: string) => (id.startsWith("./") ? loadChunk(id.slice(2)) : require(id));
  require(`${folder}chunks/${name}`)(module.exports, load, module);
  return module.exports;
}
