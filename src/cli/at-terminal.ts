import { isatty } from "node:tty";
import type { Environment } from "../system/environment.ts";
import { systemTerminal } from "../system/terminal/terminal.ts";

/**
 * Whether a person sits there who can pick from a list: neither a script's input nor its messages are redirected, and no setting
 * asks for another way.
 */
export async function isAtTerminal(env: Environment): Promise<boolean> {
  const wanted = env["AWS_AS_PROMPT"];
  if (wanted && wanted !== "terminal") return false;
  return isatty(0) && isatty(2) && env["TERM"] !== "dumb" && systemTerminal().state() === "foreground";
}
