import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isUnit } from "./support/units.ts";

// All of them in this process.
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
const names = files.map((name) => name.replaceAll("\\", "/"));
for (const name of names.filter((each) => each.endsWith(".test.js") && isUnit(each)).sort())
  await import(pathToFileURL(join(import.meta.dirname, name)).href);
