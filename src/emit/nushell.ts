import type { Dialect } from "./dialect.ts";
import { json } from "./json.ts";
import { memoryJson } from "./memory-json.ts";

/** nushell runs no text: `aws-as env NAME --shell nu | from json | load-env`. */
export const nushell: Dialect = {
  names: ["nu", "nushell"],
  kind: "shell",
  render: json.render,
  renderForFunctions: memoryJson,
  // The pipeline stops at the exit status.
  failure: "",
};
