import { activations } from "../../emit/activations.ts";
import { completions } from "../../emit/completions.ts";
import { dialectNamed, dialects } from "../../emit/dialect.ts";
import { storeKinds } from "../../store/secret-store.ts";
import type { Grammar } from "./grammar.ts";

/** The words that options and arguments take where these are names of shells or formats. */
export function choices(): Grammar["choices"] {
  const names = (kind: "shell" | "format") =>
    dialects.filter((dialect) => dialect.kind === kind).flatMap((dialect) => dialect.names);
  const activated = Object.keys(activations).flatMap((name) => dialectNamed("shell", name)?.names ?? []);
  return {
    env: { "--shell": names("shell"), "--format": names("format") },
    activate: { "--shell": activated },
    "store setup": { store: storeKinds },
    "store migrate": { "--to": storeKinds },
    completion: { shell: Object.keys(completions) },
  };
}
