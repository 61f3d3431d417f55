import { startBotocore } from "./botocore.ts";
import { compareFiles } from "./differential.ts";

// npm run differential [files] [seed]: compares aws-as with botocore over generated files.
const [runs = "1000", seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const botocore = await startBotocore();
try {
  say(`botocore ${botocore.version}, ${runs} files, seed ${seed}`);
  const { files, profiles, chains, refused, wanted } = await compareFiles(
    Number(runs),
    Number(seed),
    botocore,
  );
  say(
    `${files} files, ${profiles} profiles, ${chains} of them chains of roles that lead to credentials; botocore refuses ${refused} of the files`,
  );
  for (const [why, count] of [...wanted].sort(([, a], [, b]) => b - a)) say(`${count} times: ${why}`);
} finally {
  await botocore.stop();
}
