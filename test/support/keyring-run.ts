import { execFile } from "node:child_process";
import { join } from "node:path";
import type { KeyringReport, KeyringScript } from "./keyring-child.ts";

/** Runs a script of store steps in a child process under the environment given. */
export async function runOnKeychain(
  environment: Readonly<Record<string, string>>,
  script: KeyringScript,
): Promise<KeyringReport & { readonly signal: string | null }> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, "keyring-child.js"), JSON.stringify(script)],
      { env: environment, maxBuffer: 2 ** 26, timeout: 60_000, killSignal: "SIGTERM" },
      (error, stdout, stderr) => {
        if (stdout === "") return reject(new Error(`the child said nothing: ${stderr} ${error}`));
        resolve({ ...(JSON.parse(stdout) as KeyringReport), signal: child.signalCode });
      },
    );
  });
}
