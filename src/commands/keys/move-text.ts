import type { Move } from "./rotation.ts";

/** A move in words, before it is done and after; `fresh` names the new key. */
export function moveText(move: Move, fresh: string): { readonly todo: string; readonly done: string } {
  const key = "id" in move && move.id !== "new" ? tailOf(move.id) : fresh;
  switch (move.kind) {
    case "make-room":
      return {
        todo: `delete the key ${key}: ${move.because}`,
        done: `deleted the key ${key}: ${move.because}`,
      };
    case "create":
      return { todo: `make and store ${key}`, done: `made and stored the key ${key}` };
    case "prove":
      return { todo: `wait until AWS takes ${key}`, done: `AWS takes ${key}` };
    case "switch":
      return { todo: `use ${key} from then on`, done: `${key} is in use from now on` };
    case "deactivate":
      return { todo: `switch off the old key ${key}`, done: `switched off the old key ${key}` };
    case "delete":
      return { todo: `delete the old key ${key}`, done: `deleted the old key ${key}` };
    case "forget": {
      const what = `${move.secret ? "the secret and " : ""}the sessions of ${key}`;
      return { todo: `forget ${what}`, done: `forgot ${what}` };
    }
  }
}

/** An id as people are shown it. */
export function tailOf(id: string): string {
  return `…${id.slice(-4)}`;
}
