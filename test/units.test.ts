import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isUnit } from "./support/units.ts";

// All of them in this process.
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
for (const file of files.filter((name) => name.endsWith(".test.js") && isUnit(name)).sort())
  await import(join(import.meta.dirname, file));
