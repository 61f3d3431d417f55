import { attempt } from "./cli/attempt.ts";
import { UserError } from "./system/user-error.ts";

const { stdout, stderr } = process;

/** `aws-as-activate`: the shell functions are not part of this version; nothing is printed that `eval` could run. */
void attempt({ stdout, stderr }, { debug: false, failure: "false;\n" }, () =>
  Promise.reject(
    new UserError("this version of aws-as has no shell functions yet", {
      hints: ['switch this shell with: eval "$(aws-as env my-role1)"'],
      exitCode: 2,
    }),
  ),
).then((code) => {
  process.exitCode = code;
});
