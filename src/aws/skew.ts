import { AwsError } from "./aws-error.ts";
import type { HttpAnswer } from "./send.ts";

const skewCodes = ["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"];
const signatureCodes = ["SignatureDoesNotMatch", "InvalidSignatureException"];
const fiveMinutes = 5 * 60_000;

/** Whether AWS refused a request for its date. STS says so in the words of a signature error. */
export function isSkewed(code: string, message: string, answer: HttpAnswer, now: number): boolean {
  if (skewCodes.includes(code)) return true;
  if (!signatureCodes.includes(code)) return false;
  if (/Signature (expired|not yet current)/i.test(message)) return true;
  return Math.abs(now - (serverTime(answer) ?? now)) >= fiveMinutes;
}

/** Milliseconds since 1970 by the answer's Date header. */
export function serverTime(answer: HttpAnswer): number | undefined {
  const time = Date.parse(answer.headers["date"] ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Says both times. A wrong clock is not corrected behind the person's back: every expiry depends on it. */
export function clockSkewError(
  host: string,
  answer: HttpAnswer,
  now: number,
  platform: string,
  cause?: unknown,
): AwsError {
  const there = serverTime(answer);
  const hints = [setClock[platform] ?? "set the clock of this machine"];
  if (there === undefined) {
    return new AwsError("clock-skew", `this machine's clock (${time(now)}) is too far from that of ${host}`, {
      hints,
      cause,
    });
  }
  const minutes = Math.round(Math.abs(now - there) / 60_000);
  const far = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  const side = now < there ? "behind" : "ahead of";
  return new AwsError(
    "clock-skew",
    `this machine's clock is ${far} ${side} AWS's: ${time(now)} here, ${time(there)} at ${host}`,
    { hints, cause },
  );
}

const setClock: Readonly<Record<string, string>> = {
  linux: "set the clock: sudo timedatectl set-ntp true   (WSL: sudo hwclock --hctosys)",
  darwin: "set the clock: sudo sntp -sS time.apple.com",
  win32: "set the clock: w32tm /resync",
};

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
