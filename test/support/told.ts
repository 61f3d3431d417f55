import { PassThrough } from "node:stream";
import { runCli } from "../../src/cli/run.ts";
import { commands } from "../../src/commands/commands.ts";
import type { FakeMachine } from "./fake-machine.ts";

/** What a command says on a terminal so wide, or where `columns` is absent, to a program. */
export async function told(machine: FakeMachine, argv: readonly string[], columns?: number) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const input = { machine, ...streams, colorDepth: 1, failure: "", columns };
  const status = await runCli(argv, commands, input);
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { status, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}
