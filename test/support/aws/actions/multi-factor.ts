import type { Caller } from "../caller.ts";
import { type Parameters, shapes } from "../parameters.ts";
import { accessDenied } from "../refusal.ts";
import type { State } from "../state.ts";
import type { MfaDevice } from "../world.ts";

/** What a request says about MFA. */
export interface MultiFactorClaim {
  readonly serial: string | undefined;
  readonly code: string | undefined;
}

/** Reads both parameters; their shapes are reported with all the others. */
export function readMultiFactor(parameters: Parameters): MultiFactorClaim {
  return {
    serial: parameters.text("SerialNumber", shapes.serialNumber),
    code: parameters.text("TokenCode", shapes.tokenCode),
  };
}

/** Uses the code up. False when the request claims nothing; refuses a claim that does not hold. */
export function proveMultiFactor(state: State, caller: Caller, claim: MultiFactorClaim): boolean {
  const { serial, code } = claim;
  if (serial === undefined && code === undefined) return false;
  if (serial === undefined || code === undefined) {
    throw accessDenied(
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    );
  }
  const device = devicesOf(caller).find((one) => one.serial === serial);
  if (!device || device.kind === "fido") {
    throw accessDenied(
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    );
  }
  if (!state.takeCode(device, code)) {
    throw accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
  }
  return true;
}

/** A role has no devices: a code given with a role session's credentials belongs to nobody. */
function devicesOf(caller: Caller): readonly MfaDevice[] {
  if (caller.kind === "user") return caller.user.mfaDevices;
  return caller.kind === "root" ? (caller.account.root?.mfaDevices ?? []) : [];
}
