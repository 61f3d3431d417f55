import { parseArgs } from "node:util";
import { greeting } from "./greeting.ts";
import { playStory } from "./player.ts";
import { makeStage } from "./stage.ts";
import { isTerminal, say } from "./telling.ts";
import { visit } from "./visit.ts";

/**
 * `npm run demo` plays the story of story.ts with the built program; `npm run demo -- --shell` leaves you in a shell
 * where you can play it yourself. Nothing outside a temporary folder is read or written, and no network is used.
 */
const { values } = parseArgs({ options: { shell: { type: "boolean", default: false } } });

async function main(): Promise<number> {
  if (values.shell && !isTerminal) {
    process.stderr.write("demo: --shell needs a terminal; without it the demo plays by itself\n");
    return 2;
  }
  const stage = await makeStage();
  // However we end, nothing stays behind. A second signal finds nothing left to do.
  process.once("exit", stage.clear);
  for (const [signal, status] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const) {
    process.on(signal, () => {
      // In --shell mode Ctrl-C belongs to the shell.
      if (signal !== "SIGINT" || !values.shell) process.exit(status);
    });
  }
  if (!values.shell) return await playStory(stage);
  say(greeting(stage));
  return visit(stage);
}

process.exit(
  await main().catch((error: unknown) => {
    process.stderr.write(`\ndemo: FAILED: ${error instanceof Error ? error.stack : error}\n`);
    return 1;
  }),
);
