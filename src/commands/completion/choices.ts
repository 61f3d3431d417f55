import { formats, shells } from "../../emit/shells.ts";
import { storeKinds } from "../../store/secret-store.ts";
import type { Grammar } from "./grammar.ts";

/** The words that options and arguments take where these are names of shells or formats. */
export function choices(): Grammar["choices"] {
  const shellNames = shells.flatMap(({ names }) => names);
  return {
    env: { "--shell": shellNames, "--format": formats.flatMap(({ names }) => names) },
    activate: { "--shell": shellNames },
    "store setup": { store: storeKinds },
    "store migrate": { "--to": storeKinds },
    completion: {
      shell: shells.flatMap(({ completionAlone }) => completionAlone.flatMap(({ names }) => names)),
    },
  };
}
