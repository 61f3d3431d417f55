import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startShell } from "../test/support/pty.ts";
import { awsCli } from "./aws-cli.ts";
import { makeStage } from "./stage.ts";
import { terminalPicture } from "./terminal-picture.ts";

/**
 * `npm run pictures [FOLDER]` draws the README's pictures, of the real program on the demo's stage: what is typed below goes into a
 * bash on a terminal, and what that shows is drawn.
 */
const columns = 104;
const folder = resolve(process.argv[2] ?? "docs/pictures");
const whoAmI = "sts get-caller-identity --query Arn --output text";

const pictures: Readonly<Record<string, readonly string[]>> = {
  shell: [
    "aws-as init",
    `aws --profile as-my-role1-dev ${whoAmI}`,
    'eval "$(aws-as -s)"',
    "aws-as my-role2-dev",
    `aws ${whoAmI}`,
    "aws-as -",
  ],
  list: ["aws-as list"],
  explain: ["aws-as explain my-role2-dev"],
  doctor: ["aws-as doctor"],
};

const stage = await makeStage();
process.once("exit", stage.clear);
const shell = await startShell("bash", {
  env: { ...stage.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8", PAGER: "cat" },
  cwd: stage.home,
  columns,
});
const aws = awsCli(stage.env);
if (aws === undefined) throw new Error("the pictures show aws-cli, which is not here");
if (aws !== "aws") await shell.run(`aws() { command ${aws} "$@"; }`);
mkdirSync(folder, { recursive: true });
for (const [name, commands] of Object.entries(pictures)) {
  // The prompt stands there before the first command is typed.
  await shell.run("");
  const from = shell.output().lastIndexOf("\n") + 1;
  for (const command of commands) {
    shell.type(`${command}\r`);
    await shell.waitFor("\n");
    const shown = await shell.waitFor(/MFA code for my-user1 \(.*\): |pty-ready> /);
    if (!shown.includes("MFA code for")) continue;
    shell.type(`${stage.code()}\r`);
    await shell.waitForPrompt();
  }
  const said = shell.output().slice(from).replaceAll(stage.home, "~").replaceAll("pty-ready> ", "$ ");
  writeFileSync(join(folder, `${name}.svg`), terminalPicture(said, columns, commands.join("; ")));
}
await shell.close();
process.exit(0);
