import { PassThrough } from "node:stream";
import type { FakeMachine } from "./fake-machine.ts";
import { runArgv } from "./run-argv.ts";

/** What a command says on a terminal so wide, or where `columns` is absent, to a program. */
export async function told(machine: FakeMachine, argv: readonly string[], columns?: number) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const input = { machine, ...streams, colorDepth: 1, failure: "", columns };
  const status = await runArgv(argv, input);
  return { status, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

/** All that was written to a stream. Since Node 26 each read gives what one write gave. */
export function text(stream: PassThrough): string {
  const parts: Buffer[] = [];
  for (let part = stream.read(); part !== null; part = stream.read()) parts.push(part);
  return Buffer.concat(parts).toString();
}
