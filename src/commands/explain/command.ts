import { Command, Option } from "clipanion";
import { AwsAsCommand, limitOption, policyOption } from "../../cli/base-command.ts";
import { onScreen, screenOf } from "../../cli/screen.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { mfaProcessOf, sessionName } from "../../config/settings.ts";
import {
  configFor,
  itemsFor,
  planFromMemory,
  planWithoutDevice,
  withLimits,
} from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, storeSettings } from "../../machine/open.ts";
import { stanzasByIdentity } from "../../profiles/stanzas.ts";
import type { WayToAsk } from "../../prompt/prompt.ts";
import { itemsByName } from "../../session/foresee.ts";
import { defaultSessionName } from "../../session/session-name.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { storeInUse } from "../../store/which-store.ts";
import { UserError } from "../../system/user-error.ts";
import { draw } from "./draw.ts";
import { type ExplainInput, explain } from "./explain.ts";
import type { ExplainedStore } from "./explanation.ts";

export class ExplainCommand extends AwsAsCommand {
  static override paths = [["explain"]];
  static override usage = Command.Usage({
    details: `
      Draws the way from the key or source to the identity: each call with the line of the configuration that says it,
      whether its session is cached and how long it is good, what would be asked, and why. Asks nobody, calls nobody
      and reads no secret. What it says of asking holds for the terminal that it is run on.

      The JSON is described in docs/json.md.
    `,
    examples: [
      ["why does this role ask for a code", "$0 explain my-role1"],
      ["a role that no profile names", "$0 explain arn:aws:iam::111111111111:role/admin"],
    ],
  });

  identity = Option.String({ name: "identity" });
  limit = limitOption();
  policy = policyOption();
  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override async perform(): Promise<string> {
    const { machine } = this.context;
    const explanation = explain(await gather(withLimits(this.identity, this, machine), machine));
    if (this.json) return `${JSON.stringify(explanation)}\n`;
    return onScreen(draw(explanation, screenOf(this.context)), this.context);
  }
}

/** Gathers what an explanation is made of. Makes no network call, asks no question, reads no secret. */
async function gather(asked: string, machine: Machine): Promise<ExplainInput> {
  const config = await configFor(asked, machine, false);
  const identity = resolveIdentity(config, asked);
  const inSight = await planFromMemory(identity, config, machine);
  const plan = inSight ?? (await planWithoutDevice(identity, config, machine));
  const mfaProcess = mfaProcessOf(config, machine.env, identity.name, plan.root.profile);
  const [store, way] = await Promise.all([gatherStore(config, machine), wayToAsk(machine, mfaProcess)]);
  return {
    asked,
    identity,
    plan,
    deviceKnown: inSight !== undefined,
    config,
    env: machine.env,
    stanzas: stanzasByIdentity(config).get(identity.name) ?? [],
    store: store.facts,
    items: await itemsFor(plan, itemsByName(store.items), machine),
    way,
    defaultName: await defaultSessionName(plan, machine.notes, sessionName(machine.userName)),
    now: machine.clock.now(),
  };
}

/** An `AWS_AS_PROMPT` that names no method is the reason why nothing can be asked. */
async function wayToAsk(machine: Machine, mfaProcess: string | undefined): Promise<WayToAsk> {
  try {
    return await machine.wayToAsk(mfaProcess === undefined ? {} : { mfaProcess });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "cannot-ask", because: error.message };
  }
}

/** What the store lists, and its state. One that is locked, broken or absent is no failure. */
async function gatherStore(
  config: AwsConfig,
  machine: Machine,
): Promise<{ facts: ExplainedStore; items: readonly StoredItem[] }> {
  const settings = storeSettings(config, machine);
  const { wanted } = settings;
  // Only where nothing is asked for does it matter whether there is a keychain.
  const keychain = wanted === undefined ? await machine.storeState("keychain", settings) : undefined;
  const { kind, from } = storeInUse(wanted, keychain ?? { kind: "ready" });
  const state =
    kind === null
      ? undefined
      : kind === "keychain" && keychain !== undefined
        ? keychain
        : await machine.storeState(kind, settings);
  const facts = { kind, from, state: state?.kind ?? null, because: state?.because ?? null };
  try {
    const items = await openStore(config, machine).list();
    return { items, facts: { ...facts, listed: true } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { items: [], facts: { ...facts, because: error.message, listed: false } };
  }
}
