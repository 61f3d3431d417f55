import { createColors } from "picocolors";

/** Somebody looks at it. */
export const isTerminal = Boolean(process.stdout.isTTY && process.stdin.isTTY);

/** Colours on a terminal only, and not where the person wants none (https://no-color.org). */
export const colored = Boolean(process.stdout.isTTY && !process.env["NO_COLOR"]);

export const colors = createColors(colored);

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shortens the secrets in a text, all of which the fake AWS knows. Codes are too short to be worth it, and spent. */
export function shortened(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 16)
    .reduce((rest, secret) => rest.replaceAll(secret, `${secret.slice(0, 4)}…${secret.slice(-4)}`), text);
}
