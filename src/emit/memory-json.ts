import type { Change, Memory } from "./change.ts";

/**
 * The changes as one JSON object on one line, for shell functions that read data and run no text: `set` and `note` map
 * names to values, `keep`, `forget`, `unset` and `restore` list names. To be carried out in the order keep,
 * forget, unset, set, restore, note, which gives the same end as the list.
 */
export function memoryJson(changes: readonly (Change | Memory)[]): string {
  const named = (kind: "set" | "note") =>
    Object.fromEntries(
      changes.flatMap((change) =>
        change.kind === kind && "value" in change ? [[change.name, change.value]] : [],
      ),
    );
  const listed = (kind: "keep" | "forget" | "unset" | "restore") =>
    changes.filter((change) => change.kind === kind).map(({ name }) => name);
  // Native programs' output is decoded by whatever code page a console has: so nothing but ASCII.
  const text = JSON.stringify({
    keep: listed("keep"),
    forget: listed("forget"),
    unset: listed("unset"),
    set: named("set"),
    restore: listed("restore"),
    note: named("note"),
  });
  return `${text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
