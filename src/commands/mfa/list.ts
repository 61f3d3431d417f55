import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { at } from "../../config/shown.ts";
import { type DeviceKind, deviceKind, devicesWithCodes, onlyFido } from "../../session/device.ts";
import { printable } from "../../system/printable.ts";
import { cannotList } from "./iam-devices.ts";
import { devicesOf, type KeyUser, type Used, type UserDevices, userOf } from "./user-devices.ts";

export class MfaListCommand extends AwsAsCommand {
  static override paths = [["mfa", "list"]];
  static override usage = Command.Usage({
    details: `
      Asks IAM, for the user itself or the one that a role starts from. No code is asked for.
      The JSON has \`profile\`, \`used\` (null, or \`serial\`, \`because\`: section, profile, roles, remembered, only; \`at\`:
      file and line, or null) and \`devices\` (\`serial\`, \`kind\`: virtual, hardware, fido; \`codes\`: whether it can give
      codes; \`used\`; \`listed\`: whether IAM lists it, null where IAM does not tell).
    `,
    examples: [["the devices behind a role", "$0 mfa list my-role1"]],
  });

  identity = Option.String({ name: "identity" });
  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override async perform(): Promise<string> {
    const task = await taskOf(this.context);
    const user = userOf(this.identity, task.config, task.machine);
    const devices = await devicesOf(user, task);
    const { told, used } = devices;
    if (told.kind === "silent") {
      if (used.kind === "open") throw await cannotList(user, told.error, task);
      task.warn(`only what is known here is shown: ${told.error.message}`);
    }
    for (const sentence of remarks(user.profile, devices)) task.say(sentence);
    const entries = entriesOf(devices);
    if (this.json) return inJson(user, used, entries);
    return entries.map((entry) => `${printable(inWords(entry, used))}\n`).join("");
  }
}

/** A device, as it is shown. */
interface Entry {
  readonly serial: string;
  readonly kind: DeviceKind;
  readonly used: boolean;
  /** null: IAM does not tell. */
  readonly listed: boolean | null;
}

/** What IAM lists, in its order, and the device that is used although IAM does not list it. */
function entriesOf({ told, used }: UserDevices): Entry[] {
  const listed = told.kind === "listed" ? told.serials : [];
  const serials = new Set([...listed, ...(used.kind === "device" ? [used.serial] : [])]);
  return [...serials].map((serial) => ({
    serial,
    kind: deviceKind(serial),
    used: used.kind === "device" && used.serial === serial,
    listed: told.kind === "listed" ? listed.includes(serial) : null,
  }));
}

/** What the person should know besides the list. */
function remarks(profile: string, { told, used }: UserDevices): string[] {
  const serials = told.kind === "listed" ? told.serials : [];
  const codes = devicesWithCodes(serials);
  const lines: string[] = [];
  if (used.kind === "none" && used.because !== "none-listed") {
    lines.push(`no code is asked for: ${saidBy(used)}`);
  }
  if (used.kind === "open") lines.push(`which one is used is open: aws-as mfa choose ${profile}`);
  if (used.kind === "device" && told.kind === "listed" && !serials.includes(used.serial)) {
    lines.push(`IAM does not list the device that is used; to choose another: aws-as mfa choose ${profile}`);
  }
  if (serials.length > 0 && codes.length === 0) {
    const { message, hints } = onlyFido(profile, serials.length);
    lines.push(message, ...hints);
  }
  if (told.kind === "listed" && serials.length === 0) lines.push(`IAM lists no MFA device of "${profile}"`);
  return lines;
}

const kinds: Readonly<Record<DeviceKind, string>> = {
  virtual: "virtual",
  hardware: "hardware",
  fido: "security key or passkey, which cannot give codes",
};

function inWords({ serial, kind, used, listed }: Entry, said: Used): string {
  const parts = [
    kinds[kind],
    ...(used && said.kind === "device" ? [`used: ${saidBy(said)}`] : []),
    ...(listed === false ? ["not listed by IAM"] : []),
  ];
  return `${serial}: ${parts.join(", ")}`;
}

const reasons = {
  section: "the section [aws-as …] says so",
  profile: "the profile says so",
  roles: "the roles of the user name it",
  remembered: "IAM or you said so before",
  only: "it is the only one that can give codes",
  "none-listed": "IAM lists none",
} as const;

function saidBy(used: Exclude<Used, { kind: "open" }>): string {
  const { because, position } = used;
  return reasons[because] + (position === undefined ? "" : ` (${at(position)})`);
}

function inJson(user: KeyUser, used: Used, entries: readonly Entry[]): string {
  return `${JSON.stringify({
    profile: user.profile,
    used:
      used.kind === "device"
        ? { serial: used.serial, because: used.because, at: used.position ? at(used.position) : null }
        : null,
    devices: entries.map(({ serial, kind, used: isUsed, listed }) => ({
      serial,
      kind,
      codes: kind !== "fido",
      used: isUsed,
      listed,
    })),
  })}\n`;
}
