import { PassThrough } from "node:stream";
import type { FakeMachine } from "./fake-machine.ts";
import { runArgv } from "./run-argv.ts";

/** What a command says on a terminal so wide, or where `columns` is absent, to a program. */
export async function told(machine: FakeMachine, argv: readonly string[], columns?: number) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const input = { machine, ...streams, colorDepth: 1, failure: "", columns };
  const status = await runArgv(argv, input);
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { status, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}
