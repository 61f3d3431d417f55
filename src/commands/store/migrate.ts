import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Machine } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { longTermKeyItem } from "../../session/long-term-key.ts";
import { type StoredItem, type StoreKind, storeKinds } from "../../store/secret-store.ts";
import { storeInUse, storeKind } from "../../store/which-store.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { type Desk, deskOf } from "./desk.ts";
import { listStore, theStore } from "./holdings.ts";
import { tellOfOthers } from "./others.ts";
import { planMigration, type Source, type Step } from "./plan-migration.ts";
import { carryOut } from "./run-migration.ts";
import { noRequest, setUpStore } from "./set-up.ts";
import { overruling, readSetting, writeSetting } from "./setting.ts";
import { noteFinished, noteUnfinished, readUnfinished, unfinishedOf } from "./unfinished.ts";

export class StoreMigrateCommand extends AwsAsCommand {
  static override paths = [["store", "migrate"]];
  static override usage = Command.Usage({
    category: "stores",
    description: "move everything into another store, and use that from now on",
    details: `
      Long-term keys, and the sessions that have not ended, are copied into \`keychain\`, \`file\` or \`pass\`, each read
      back and compared. When all of them are there the setting is changed, and then they are removed where they were.
      Calls that are under way find what they need at any time. A run that was interrupted can be repeated.

      A store that is not set up yet is set up first, as \`store setup\` does it. A session that cannot be opened stays
      where it is; a long-term key that cannot be opened stops everything before the change.
    `,
    examples: [
      ["into the keychain", "$0 store migrate --to keychain"],
      ["look first", "$0 store migrate --to file --dry-run"],
    ],
  });

  to = Option.String("--to", { description: "the store that everything is to be in" });
  dryRun = Option.Boolean("--dry-run", false, {
    description: "show what would be moved, and change nothing",
  });

  protected override async perform(): Promise<string> {
    if (this.to === undefined) {
      throw new UserError("nothing says where to: --to keychain, --to file or --to pass", {
        hints: ["aws-as store status"],
        exitCode: 2,
      });
    }
    const to = storeKind(this.to);
    const desk = await deskOf(this.context);
    if (this.dryRun) {
      const steps = await planFor(await findSources(to, desk), to, desk);
      const state = await desk.machine.storeState(to, desk.settings);
      const first = steps.length > 0 && state.kind === "not-set-up" ? [`set up ${theStore(to)}`] : [];
      return inWords([...first, ...steps.map(lineOf)], to);
    }
    await withKeysLock(desk.machine, () => migrate(to, desk));
    return "";
  }
}

async function migrate(to: StoreKind, desk: Desk): Promise<void> {
  const { machine, settings, say, warn } = desk;
  const sources = await findSources(to, desk);
  const steps = await planFor(sources, to, desk);
  if (steps.length === 0) {
    say(`nothing to move: everything is in ${theStore(to)}, and it is used`);
  } else {
    await setUpStore(to, noRequest, desk);
    const listed = await listStore(to, machine, settings);
    const earlier = await readUnfinished(machine);
    await noteUnfinished(unfinishedOf(to, listed, sources, steps, earlier), machine);
    await carryOut(steps, sources, {
      target: await machine.storeOf(to, settings),
      storeOf: (kind) => machine.storeOf(kind, settings),
      switchTo: async (kind) => {
        const { from } = await writeSetting(kind, machine);
        say(`${theStore(kind)} is used from now on: ${from} says so`);
      },
      say,
      warn,
    });
    say(`everything is in ${theStore(to)}`);
  }
  await noteFinished(machine);
  await tellOfOthers(to, desk);
  const overruled = overruling(to, machine);
  if (overruled !== undefined) warn(overruled);
}

async function planFor(
  sources: readonly Source[],
  to: StoreKind,
  { machine }: Desk,
): Promise<readonly Step[]> {
  const isSet = (await readSetting(machine))?.value === to;
  return planMigration({ to, sources, isSet, now: machine.clock.now() });
}

/** What is used, and what a run that was interrupted may have left, with what they list. */
async function findSources(to: StoreKind, { machine, settings, warn }: Desk): Promise<Source[]> {
  const { kinds, because } = storeInUse(settings.wanted, await machine.storeState("keychain", settings));
  if (kinds.length === 0) {
    throw new UserError(because, { hints: [`known stores: ${storeKinds.join(", ")}`], exitCode: 2 });
  }
  const unfinished = await readUnfinished(machine);
  const named = await namedKeys(machine);
  const sources: Source[] = [];
  for (const kind of storeKinds) {
    const inUse = kinds.includes(kind);
    const wanted = inUse ? "all" : unfinished.get(kind);
    if (kind === to || wanted === undefined) continue;
    const only = wanted === "all" ? undefined : new Set(wanted);
    try {
      const items = (await listStore(kind, machine, settings)).filter(({ name }) => only?.has(name) ?? true);
      const listed = new Set(items.map(({ name }) => name));
      const unlisted = inUse ? named.filter(({ name }) => !listed.has(name)) : [];
      sources.push({ kind, inUse, items, unlisted, ...(only && { only }) });
    } catch (error) {
      if (!(error instanceof UserError) || inUse) throw error;
      warn(`what is in ${theStore(kind)} stays there: ${error.message}`);
    }
  }
  return sources;
}

/** The long-term keys that the configuration names in the store. */
async function namedKeys(machine: Machine): Promise<StoredItem[]> {
  const { ours } = await readConfig(machine);
  const items = [...ours].flatMap(([profile, { properties }]) => {
    const id = properties.get("access_key_id")?.value;
    return id ? [longTermKeyItem(id, profile)] : [];
  });
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

function inWords(said: readonly (string | undefined)[], to: StoreKind): string {
  const lines = said.filter((line) => line !== undefined);
  if (lines.length === 0) return `nothing to move: everything is in ${theStore(to)}, and it is used\n`;
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function lineOf(step: Step): string | undefined {
  switch (step.do) {
    case "bring":
      return step.move.listed
        ? `move the ${step.move.item.label} from ${theStore(step.move.from)}`
        : undefined;
    case "switch":
      return `use ${theStore(step.to)}`;
    case "drop":
      return `remove the ${step.item.label}, which has ended, from ${theStore(step.from)}`;
    case "clear":
      return undefined;
  }
}
