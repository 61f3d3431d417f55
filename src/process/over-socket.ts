import type { Machine } from "../machine/machine.ts";
import { processTimeoutMs } from "../system/limits.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";

/**
 * The document of an identity from `aws-as serve` at the other end of a socket: in a container or a sandbox that has neither
 * `~/.aws` nor a network.
 */
export async function documentOverSocket(path: string, name: string, machine: Machine): Promise<string> {
  const { status, body } = await machine.askSocket(path, `/${encodeURIComponent(name)}`, processTimeoutMs);
  const reply = parsed(body);
  if (status === 200 && reply["Version"] === 1 && typeof reply["Expiration"] === "string") {
    const { Token: _, ...document } = reply;
    return `${JSON.stringify(document)}\n`;
  }
  const said = typeof reply["message"] === "string" ? reply["message"].replace(/^aws-as: /, "") : "";
  throw new UserError(`"${name}" is not to be had on ${path}: ${printable(said) || `status ${status}`}`, {
    hints: [`it must be named where the socket is served: aws-as serve --socket PATH ${name}`],
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
