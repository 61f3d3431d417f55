import type { Stage } from "./stage.ts";
import { colors } from "./telling.ts";

/** What to try, for whoever plays alone. */
export function greeting({ home }: Pick<Stage, "home">): string {
  const tries: [command: string, what: string][] = [
    ["code", "your authenticator app: remember what it shows, then"],
    ["aws-as login my-user1-dev", "asks for that code"],
    ["eval $(aws-as -s)", "the shell functions; then"],
    ["aws-as my-role1-dev", "be a role; also my-role2-dev, and `-` for nobody; aws-as-deactivate leaves"],
    ["node whoami.js", "who am I? asks a program with the AWS SDK"],
    ["aws-as status", "who this shell is, and for how long"],
    ["aws-as list", "everybody you can be; aws-as explain my-role2-dev draws the way there"],
    ["aws-as init", "profiles for SDKs; then: AWS_PROFILE=as-my-role2-dev node whoami.js"],
    ["aws-as init --adopt", "or your own profiles taken over; aws-as init --remove gives all back"],
  ];
  const lines = tries.map(([command, what]) => `  ${colors.bold(command.padEnd(32))}  ${what}`);
  return `\
A shell to play in: everything is made up, AWS too, and gone when you type exit.
Its home is ${home}; your own keys and profiles are not visible here.
${lines.join("\n")}`;
}
