import { KeyLedger } from "./key-ledger.ts";
import { Sessions } from "./sessions.ts";
import { codeOfStep, totpStep } from "./totp.ts";
import type { MfaDevice, World } from "./world.ts";

/** What can be set otherwise than AWS has it, for tests that need to. */
export interface Rules {
  /** Seconds that a signature may be off the fake's clock; `Infinity` for tests that move it under a real client. */
  skewSeconds: number;
  /** Regions whose scope STS takes. Absent: any that looks like a region. */
  stsRegions?: readonly string[];
  /** The region that IAM requests are signed for, by partition. */
  iamRegions: Readonly<Record<string, string>>;
  /** Items on one page of IAM's lists, where the request asks for no fewer. */
  pageSize: number;
  /**
   * Milliseconds until the last node knows of a new key. Until then a request with it may meet one that does not, and
   * gets InvalidClientTokenId.
   */
  newKeyDelay: number;
  /** Milliseconds until the last node knows that a key was switched off or on, or deleted. */
  keyChangeDelay: number;
  /** Milliseconds that ListAccessKeys is behind. */
  keyListDelay: number;
  /** How many nodes take requests in turn, each with its own, evenly spread, part of the delays. More than one: answers flap. */
  nodes: number;
  /**
   * True: a base session ends with the key that it was asked for with. In AWS it does not: temporary credentials "are
   * valid until they expire", and disabling the key is not enough to contain them.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html
   */
  sessionsDieWithKey: boolean;
  /** `unknown`: a region that does not have GetScopedCredentials yet. */
  scopedCredentials?: "unknown";
}

export const strictRules: Rules = {
  skewSeconds: 300,
  iamRegions: { aws: "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1" },
  pageSize: 100,
  newKeyDelay: 0,
  keyChangeDelay: 0,
  keyListDelay: 0,
  nodes: 1,
  sessionsDieWithKey: false,
};

/** What the fake remembers between requests. */
export class State {
  world: World;
  readonly rules: Rules;
  readonly sessions = new Sessions();
  readonly keys: KeyLedger;
  readonly now: () => number;
  /** The last TOTP step that a device's code was taken for, by serial. */
  readonly #usedSteps = new Map<string, number>();

  constructor(world: World, rules: Rules, now: () => number) {
    this.world = world;
    this.rules = rules;
    this.keys = new KeyLedger(() => this.world, rules);
    this.now = now;
  }

  /** True once for each code in its time: this step, the one before and the one after, and never back (RFC 6238, 5.2). */
  takeCode(device: Exclude<MfaDevice, { kind: "fido" }>, code: string): boolean {
    const current = totpStep(this.now());
    const used = this.#usedSteps.get(device.serial) ?? Number.NEGATIVE_INFINITY;
    for (const step of [current - 1, current, current + 1]) {
      if (step > used && codeOfStep(device.secret, step) === code) {
        this.#usedSteps.set(device.serial, step);
        return true;
      }
    }
    return false;
  }

  /** The earliest step whose code would be taken now; undefined when the codes of the whole window are used up. */
  freshStep(serial: string): number | undefined {
    const current = totpStep(this.now());
    const step = Math.max(current, (this.#usedSteps.get(serial) ?? 0) + 1);
    return step <= current + 1 ? step : undefined;
  }
}
