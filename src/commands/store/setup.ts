import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
import { type StoreKind, storeKinds } from "../../store/secret-store.ts";
import { type StoreInUse, storeInUse, storeKind } from "../../store/which-store.ts";
import { UserError } from "../../system/user-error.ts";
import { holdingsOf, listStore, sayWhatIsElsewhere, theStore } from "./holdings.ts";
import { setUpStore } from "./set-up.ts";
import { overruling, readSetting, writeSetting } from "./setting.ts";

export class StoreSetupCommand extends AwsAsCommand {
  static override paths = [["store", "setup"]];
  static override usage = Command.Usage({
    details: `
      The place is \`keychain\`, \`file\` (files of ours, encrypted) or \`pass\`; without one it is the keychain where
      there is one, else the file store. An item is written to it, read back and removed; then \`store = ...\` in the
      \`[aws-as]\` section of ~/.aws/config makes it the one that is used. What is there already stays as it is. What
      rests elsewhere is moved by \`store migrate\`.

      The file store opens by a key of the ssh-agent (Ed25519 or RSA), by a passphrase, or by either. Without these
      options you are asked. Where nobody can be asked, it is the only key of the agent that fits, else the passphrase
      in AWS_AS_PASSPHRASE or of passphrase_process.
    `,
    examples: [
      ["whatever fits here", "$0 store setup"],
      ["opened by the ssh-agent, with no question", "$0 store setup file --ssh-agent"],
      ["opened by one of its keys, or by a passphrase", "$0 store setup file --key me@laptop --passphrase"],
    ],
  });

  store = Option.String({ name: "store", required: false });
  agent = Option.Boolean("--ssh-agent", false, {
    description: "the file store opens by a key of the ssh-agent",
  });
  key = Option.String("--key", {
    description: "by which of its keys: `KEY` is the fingerprint, the comment, or a part of one",
  });
  passphrase = Option.Boolean("--passphrase", false, { description: "the file store opens by a passphrase" });

  protected override async perform(): Promise<string> {
    const wanted = this.store === undefined ? undefined : storeKind(this.store);
    await withKeysLock(this.context.machine, async () => this.setUp(wanted, await taskOf(this.context)));
    return "";
  }

  private async setUp(wanted: StoreKind | undefined, task: Task): Promise<void> {
    const { machine, settings, say, warn } = task;
    const { key, passphrase } = this;
    const request = { agent: this.agent || key !== undefined, key, passphrase };
    const wantsSlots = request.agent || request.passphrase;
    const inUse = storeInUse(settings.wanted, await machine.storeState("keychain", settings));
    const kind = wanted ?? (wantsSlots ? "file" : whateverFits(inUse, say));
    if (wantsSlots && kind !== "file") {
      throw new UserError(
        `--ssh-agent, --key and --passphrase are of the file store, not of ${theStore(kind)}`,
        {
          hints: ["aws-as store setup file --ssh-agent"],
          exitCode: 2,
        },
      );
    }
    await refuseToHideKeys(kind, inUse, task);
    await setUpStore(kind, request, task);
    const before = await readSetting(machine);
    const { from } = await writeSetting(kind, machine);
    say(`${theStore(kind)} is used: ${from} ${before?.value === kind ? "says so" : "says so from now on"}`);
    const overruled = overruling(kind, machine);
    if (overruled !== undefined) warn(overruled);
    await sayWhatIsElsewhere(kind, task);
  }
}

/** The store for whoever names none. */
function whateverFits(inUse: StoreInUse, say: Task["say"]): StoreKind {
  if (inUse.kind === null) {
    throw new UserError(inUse.because, { hints: [`known stores: ${storeKinds.join(", ")}`], exitCode: 2 });
  }
  say(`this sets up ${theStore(inUse.kind)}: ${inUse.because}`);
  return inUse.kind;
}

/** Keys that rest in the store that is used now would not be found from then on. */
async function refuseToHideKeys(kind: StoreKind, inUse: StoreInUse, task: Task): Promise<void> {
  const { machine, settings } = task;
  for (const other of inUse.kinds.filter((each) => each !== kind)) {
    const { keys } = holdingsOf(await listStore(other, machine, settings), machine.clock.now());
    if (keys.length === 0) continue;
    const counted = keys.length === 1 ? "a long-term key" : `${keys.length} long-term keys`;
    throw new UserError(
      `${theStore(other)} holds ${counted}, not to be found if ${theStore(kind)} were used`,
      {
        hints: [`to set it up and move everything there: aws-as store migrate --to ${kind}`],
      },
    );
  }
}
