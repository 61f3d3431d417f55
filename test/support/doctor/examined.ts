import type { Disk } from "../../../src/commands/doctor/disk.ts";
import { examine } from "../../../src/commands/doctor/examine.ts";
import type { Finding } from "../../../src/commands/doctor/finding.ts";
import { gather } from "../../../src/commands/doctor/gather.ts";
import type { Snapshot } from "../../../src/commands/doctor/snapshot.ts";
import { type FakeMachineOptions, fakeMachine } from "../fake-machine.ts";

export interface ExamineOptions extends FakeMachineOptions {
  readonly disk?: Partial<Disk>;
  /** Laid over what was gathered. */
  readonly snapshot?: Partial<Snapshot>;
  /** What is remembered of devices, by name of the note. */
  readonly platform?: NodeJS.Platform;
}

/** A machine with all programs and private files. */
const orderly: Disk = {
  onDisk: (path) => ({ kind: /config|credentials/.test(path) ? "file" : "folder", mode: 0o600 }),
  program: () => "there",
  canRead: () => true,
  caBundleTrouble: () => undefined,
  versionAt: () => undefined,
  text: () => undefined,
};

/** What doctor finds on such a machine. No request is made. */
export async function examined(options: ExamineOptions = {}): Promise<readonly Finding[]> {
  const machine = { ...fakeMachine(options), ...(options.platform ? { platform: options.platform } : {}) };
  const snapshot = await gather(machine, { ...orderly, ...options.disk }, true);
  // As after an answer of STS with the right time.
  const reached: Snapshot = {
    ...snapshot,
    sts: [{ host: "sts.amazonaws.com", outcome: { kind: "answer", ahead: 0 } }],
  };
  return examine({ ...reached, ...options.snapshot }).findings;
}
