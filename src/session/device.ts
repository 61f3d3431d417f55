import type { AccessKey, Aws, Endpoint } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { Clock } from "../system/clock.ts";
import type { Notes } from "../system/files/notes.ts";
import { UserError } from "../system/user-error.ts";
import { baseIdentity, fingerprint } from "./item.ts";
import type { KnownDevice } from "./plan.ts";
import { noteUser, recallUser } from "./session-name.ts";

/** Milliseconds. "No device" is believed for half a day, since people do get one. */
const noDeviceMemoryMs = 12 * 3_600_000;

/** What finding the device of a key touches. */
export interface DevicePorts {
  readonly aws: Aws;
  readonly notes: Notes;
  readonly clock: Clock;
  /** Opens the key. Needed only to ask IAM. */
  key(): Promise<AccessKey>;
  /** Lets a person choose among several devices; undefined when no person can be asked. */
  choose(serials: readonly string[]): Promise<string | undefined>;
}

/** The long-term key whose user's device is wanted, with the profile that holds it. */
export interface DeviceOwner {
  readonly profile: string;
  readonly accessKeyId: string;
  readonly endpoint: Endpoint;
  readonly endpointKey: string;
}

/** The key that is remembered by. */
type Key = Pick<DeviceOwner, "accessKeyId" | "endpointKey">;

/**
 * The MFA device of a key that no configuration names: as remembered, else asked from IAM once and remembered.
 *
 * @throws UserError when the devices cannot give codes, or several could and no person can choose; AwsError when
 *   IAM cannot be reached
 */
export async function findDevice(owner: DeviceOwner, ports: DevicePorts): Promise<KnownDevice> {
  const remembered = await recallDevice(owner, ports.notes, ports.clock);
  if (remembered.kind !== "unknown") return remembered;
  const found = await ask(owner, ports);
  await remember(owner, found, ports);
  return found;
}

/** A key's device as remembered from an earlier answer of IAM. Asks neither IAM nor a person. */
export async function recallDevice(owner: Key, notes: Notes, clock: Clock): Promise<KnownDevice> {
  const note = (await notes.read(noteOf(owner))) as
    | { serial?: unknown; because?: unknown; at?: unknown }
    | undefined;
  if (typeof note?.serial === "string")
    return { kind: "device", serial: note.serial, from: "IAM, remembered" };
  if (typeof note?.because !== "string" || typeof note.at !== "number") return { kind: "unknown" };
  const age = clock.now() - note.at;
  return age >= 0 && age < noDeviceMemoryMs ? { kind: "none", because: note.because } : { kind: "unknown" };
}

/** Copies what is remembered for one key to another key of the same user. */
export async function carryDevice(from: Key, to: Key, notes: Notes): Promise<void> {
  const note = await notes.read(noteOf(from));
  if (note !== undefined) await notes.write(noteOf(to), note);
  const user = await recallUser(baseIdentity(from.endpointKey, from.accessKeyId), notes);
  if (user !== undefined) await noteUser(baseIdentity(to.endpointKey, to.accessKeyId), user, notes);
}

/** Forgets the device of a key: AWS says that it is not, or no longer, this user's. */
export function forgetDevice(owner: Key, notes: Notes): Promise<void> {
  return notes.remove(noteOf(owner));
}

/** The kind of device that a serial names; `fido` are security keys and passkeys. */
export type DeviceKind = "virtual" | "hardware" | "fido";

/** The kind of a device. Only hardware tokens, with a number printed on them, have a serial that is no ARN. */
export function deviceKind(serial: string): DeviceKind {
  if (/^arn:[^:]+:iam::\d+:u2f\//.test(serial)) return "fido";
  return serial.startsWith("arn:") ? "virtual" : "hardware";
}

/** Whether it can be the serial of a device that gives codes: an ARN of another kind is a user's, or a passkey's. */
export function mayGiveCodes(serial: string): boolean {
  return !serial.startsWith("arn:") || /^arn:[^:]+:iam::[^:]*:mfa\/./.test(serial);
}

/** The devices that can give codes. FIDO security keys sign in to the console, but GetSessionToken takes no FIDO. */
export function devicesWithCodes(serials: readonly string[]): readonly string[] {
  return serials.filter((serial) => deviceKind(serial) !== "fido");
}

/** The error for a user whose devices all give no codes. */
export function onlyFido(profile: string, count: number): UserError {
  const what = count === 1 ? "the only MFA device of profile" : `all ${count} MFA devices of profile`;
  const are = count === 1 ? "is a FIDO security key or passkey" : "are FIDO security keys or passkeys";
  return new UserError(`${what} "${profile}" ${are}, and AWS takes no codes from those`, {
    hints: waysWithoutCode(profile),
  });
}

/** The error for a configured serial for which a code would be asked for in vain. */
export function noSuchDevice(profile: string, serial: string): UserError {
  const isFido = deviceKind(serial) === "fido";
  const what = isFido
    ? "is a FIDO security key or passkey, and AWS takes no codes from those"
    : "is no MFA device: the ARN of one has :mfa/ in it";
  return new UserError(`the mfa_serial that "${profile}" starts from, ${serial}, ${what}`, {
    hints: [
      `see which devices there are: aws-as mfa list ${profile}`,
      ...(isFido ? waysWithoutCode(profile) : []),
    ],
  });
}

function waysWithoutCode(profile: string): readonly string[] {
  return [
    "add a virtual MFA device (an authenticator app) to the user in the AWS console",
    `sign in with the passkey, and name that profile as source_profile: aws login --profile ${profile}-login`,
    `for what needs no MFA: aws-as mfa choose ${profile} none`,
  ];
}

async function ask(owner: DeviceOwner, ports: DevicePorts): Promise<KnownDevice> {
  let serials: readonly string[];
  try {
    const listed = await ports.aws.listMfaDevices(owner.endpoint, await ports.key());
    serials = listed.serials;
    if (listed.user !== undefined)
      await noteUser(baseIdentity(owner.endpointKey, owner.accessKeyId), listed.user, ports.notes);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind === "access-denied") {
      return { kind: "none", because: "the user may not list MFA devices, and no mfa_serial is configured" };
    }
    // "Must specify userName when calling with non-User credentials": a root user's key.
    if (error.kind !== "invalid-request") throw error;
    return { kind: "none", because: "IAM lists no devices of a root user, and no mfa_serial is configured" };
  }
  const usable = devicesWithCodes(serials);
  const [only, ...others] = usable;
  if (only === undefined && serials.length > 0) {
    throw onlyFido(owner.profile, serials.length);
  }
  if (only === undefined) return { kind: "none", because: "IAM lists none for this user" };
  if (others.length === 0) return { kind: "device", serial: only, from: "IAM" };
  const chosen = await ports.choose(usable);
  if (chosen !== undefined) return { kind: "device", serial: chosen, from: "your choice" };
  throw new UserError(`profile "${owner.profile}" has ${usable.length} MFA devices: ${usable.join(", ")}`, {
    hints: [`say which: aws-as mfa choose ${owner.profile} ${only}`],
  });
}

function remember(owner: DeviceOwner, device: KnownDevice, ports: DevicePorts): Promise<void> {
  const note =
    device.kind === "device"
      ? { serial: device.serial }
      : { because: device.kind === "none" ? device.because : "", at: ports.clock.now() };
  return ports.notes.write(noteOf(owner), note);
}

function noteOf({ endpointKey, accessKeyId }: Key): string {
  return `devices/${fingerprint([endpointKey, accessKeyId])}`;
}
