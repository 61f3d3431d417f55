import "./needs-node.ts";
import { asCommand, route as routeOf } from "./argv.ts";

/**
 * The program's first file. Activation delays every new shell, and a person waits for the TAB key, so both go off here, with
 * a small file of their own each: reading the program takes longer than all the rest of what they do.
 */
// By default Node opens its inspector at this signal: a port of this machine on which any user may read our memory. Node 20
// has no option against it (--disable-sigusr1 came with 22.14). What is left is the time that Node itself takes to start.
process.on("SIGUSR1", () => undefined);

const route = routeOf(process.argv.slice(2));
void start();

async function start(): Promise<void> {
  if (route.kind === "complete") {
    const { printCompletions } = await import("./commands/completion/complete.ts");
    return printCompletions(route.words, process.env);
  }
  if (route.kind === "activate") {
    const { activatedQuickly } = await import("./switch/activation.ts");
    if (await activatedQuickly(route, process)) return;
    // The command says what is wrong.
  }
  const { main } = await import("./main.ts");
  return main(route.kind === "activate" ? asCommand(route) : route);
}
