import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Machine, Task } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { noRequest } from "../../machine/set-up-slots.ts";
import { longTermKeyItem } from "../../session/long-term-key.ts";
import { type StoredItem, type StoreKind, storeKinds } from "../../store/secret-store.ts";
import { storeInUse, storeKind } from "../../store/which-store.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { countOf, listStore, sayWhatIsElsewhere, theStore } from "./holdings.ts";
import { planMigration, type Source, type Step } from "./plan-migration.ts";
import { noteFinished, runMigration, unfinishedItems } from "./run-migration.ts";
import { setUpStore } from "./set-up.ts";
import { overruling, readSetting, writeSetting } from "./setting.ts";

export class StoreMigrateCommand extends AwsAsCommand {
  static override paths = [["store", "migrate"]];
  static override usage = Command.Usage({
    details: `
      Long-term keys are copied into \`keychain\`, \`file\` or \`pass\`, each read back and compared. When all of them are
      there the setting is changed, and then they are removed where they were. Sessions are forgotten: the next call
      asks for an MFA code. An interrupted run is finished by running it again.

      A store that is not set up yet is set up first, as \`store setup\` does it. A long-term key that cannot be opened
      stops everything before the change.
    `,
    examples: [
      ["into the keychain", "$0 store migrate --to keychain"],
      ["look first", "$0 store migrate --to file --dry-run"],
    ],
  });

  to = Option.String("--to", { description: "`STORE` to move to: keychain, file or pass" });
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
    if (this.dryRun) return await preview(to, await taskOf(this.context));
    await withKeysLock(this.context.machine, async () => migrate(to, await taskOf(this.context)));
    return "";
  }
}

async function preview(to: StoreKind, task: Task): Promise<string> {
  const steps = await planFor(await findSources(to, task), to, task);
  const state = await task.machine.storeState(to, task.settings);
  const lines = [
    ...(steps.length > 0 && state.kind === "not-set-up" ? [`set up ${theStore(to)}`] : []),
    ...steps.flatMap((step) => {
      if (step.do === "switch") return [`use ${theStore(step.to)}`];
      if (step.do !== "copy" || !step.listed) return [];
      return [`move the ${step.item.label} from ${theStore(step.from)}`];
    }),
  ];
  const sessions = steps.filter((step) => step.do === "remove" && step.of === "sessions").length;
  if (sessions > 0)
    lines.push(`forget ${countOf(sessions, "session")}: the next call may ask for an MFA code`);
  if (steps.length === 0) lines.push(nothingToMove(to));
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function nothingToMove(to: StoreKind): string {
  return `nothing to move: every long-term key is in ${theStore(to)}, and it is used`;
}

async function migrate(to: StoreKind, task: Task): Promise<void> {
  const { machine, settings, say, warn } = task;
  const sources = await findSources(to, task);
  const steps = await planFor(sources, to, task);
  if (steps.length === 0) {
    say(nothingToMove(to));
  } else {
    await setUpStore(to, noRequest, task);
    await runMigration(steps, sources, {
      target: await machine.storeOf(to, settings),
      storeOf: (kind) => machine.storeOf(kind, settings),
      switchTo: async (kind) => {
        const { from } = await writeSetting(kind, machine);
        say(`${theStore(kind)} is used from now on: ${from} says so`);
      },
      notes: machine.notes,
      say,
      warn,
    });
    say(`every long-term key is in ${theStore(to)}`);
  }
  await noteFinished(machine.notes);
  await sayWhatIsElsewhere(to, task);
  const overruled = overruling(to, machine);
  if (overruled !== undefined) warn(overruled);
}

async function planFor(
  sources: readonly Source[],
  to: StoreKind,
  { machine }: Task,
): Promise<readonly Step[]> {
  const isSet = (await readSetting(machine))?.value === to;
  return planMigration({ to, sources, isSet, now: machine.clock.now() });
}

/** The stores in use, and those that an interrupted run was emptying, with what they list. */
async function findSources(to: StoreKind, { machine, settings, warn }: Task): Promise<Source[]> {
  const { kinds, because } = storeInUse(settings.wanted, await machine.storeState("keychain", settings));
  if (kinds.length === 0) {
    throw new UserError(because, { hints: [`known stores: ${storeKinds.join(", ")}`], exitCode: 2 });
  }
  const unfinished = await unfinishedItems(to, machine.notes);
  const named = await namedKeys(machine);
  const sources: Source[] = [];
  for (const kind of storeKinds) {
    const inUse = kinds.includes(kind);
    if (kind === to || !(inUse || unfinished.has(kind))) continue;
    try {
      const all = await listStore(kind, machine, settings);
      const items = inUse ? all : all.filter(({ name }) => unfinished.get(kind)?.has(name));
      const listed = new Set(items.map(({ name }) => name));
      const unlisted = inUse ? named.filter(({ name }) => !listed.has(name)) : [];
      sources.push({ kind, inUse, items, unlisted });
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
