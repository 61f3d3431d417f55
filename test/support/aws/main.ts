import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startFakeAws } from "./fake-aws.ts";
import { checkWorld } from "./world.ts";
import { worldOfOne } from "./world-of-one.ts";

/**
 * The fake as a process of its own. Prints its URL as the first line, with `--https` the path of the authority to trust
 * as the second. Without `--world`, the ready world of one. Ends when it is killed.
 */
const { values } = parseArgs({
  options: {
    world: { type: "string" },
    port: { type: "string", default: "0" },
    https: { type: "boolean", default: false },
    "control-token": { type: "string" },
    "skew-seconds": { type: "string" },
  },
});
const world = values.world ? checkWorld(JSON.parse(await readFile(values.world, "utf8"))) : worldOfOne();
const controlToken = values["control-token"];
const skew = values["skew-seconds"];
const fake = await startFakeAws({
  world,
  port: Number(values.port),
  https: values.https,
  ...(controlToken === undefined ? {} : { controlToken }),
  ...(skew === undefined ? {} : { rules: { skewSeconds: Number(skew) } }),
});
process.stdout.write(`${fake.url}\n${fake.caFile === undefined ? "" : `${fake.caFile}\n`}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => fake.close().then(() => process.exit(0)));
}
