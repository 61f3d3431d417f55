import type { Task } from "../../machine/task.ts";
import { type StoreKind, storeKinds } from "../../store/secret-store.ts";
import { countsInWords, holdingsOf, listStore, theStore } from "./holdings.ts";

/** Tells what lies in stores that are not used: nothing finds it there. */
export async function tellOfOthers(used: StoreKind, { machine, settings, say }: Task): Promise<void> {
  for (const other of storeKinds.filter((kind) => kind !== used)) {
    // What cannot even be listed is a matter for status.
    const items = await listStore(other, machine, settings).catch(() => []);
    const held = holdingsOf(items, machine.clock.now());
    if (held.keys.length + held.sessions.length === 0) continue;
    const what =
      held.keys.length > 0
        ? `to move the keys: AWS_AS_STORE=${other} aws-as store migrate --to ${used}`
        : `to forget them: AWS_AS_STORE=${other} aws-as logout --all`;
    say(`${theStore(other)} still holds ${countsInWords(held)}; ${what}`);
  }
}
