import { one } from "../test/support/aws/world-of-one.ts";
import type { Reply } from "./typist.ts";

/** One command of the story. It has to end with status 0 and to print all that is expected, or the demo fails. */
export interface Step {
  /** What a newcomer should notice. Absent: the step belongs to the one before. */
  readonly title?: string;
  readonly command: string;
  readonly replies?: readonly Reply[];
  readonly expect: readonly RegExp[];
}

/** What the story needs to know. */
export interface Props {
  /** The authenticator app. */
  readonly code: () => string;
  /** How to call aws-cli; undefined: it is not here. */
  readonly aws: string | undefined;
  /** Where the fake AWS is. */
  readonly endpoint: string;
}

const question = /MFA code for my-user1 \(.*\): $/;
const sessionOf = (role: string) => new RegExp(`^arn:aws:sts::${one.account}:assumed-role/${role}/.+`, "m");

export function story({ code, aws, endpoint }: Props): Step[] {
  return [
    {
      title:
        "In ~/.aws are a user's access key and two roles that want MFA. What would aws-as add for one of them?",
      command: "aws-as init --dry-run my-role1-dev",
      expect: [
        /^\+\[profile as-my-role1-dev\]\n(\+.*\n)*\+credential_process = .*aws-as process my-role1-dev$/m,
        new RegExp(`^\\+mfa_serial = ${one.mfaSerial}$`, "m"),
      ],
    },
    {
      title: "Good. Now for all of them; your own lines stay as they are.",
      command: "aws-as init",
      expect: [/added profile as-my-user1-dev/, /added profile as-my-role1-dev/, /as-my-role2-dev/],
    },
    {
      title: "One MFA code for the next 12 hours. (The first one is mistyped.)",
      command: "aws-as login my-user1-dev",
      replies: [
        // Right once in some 300,000 demos.
        { question, type: () => "123456" },
        { question, type: code },
      ],
      expect: [/AWS refused the MFA code/, /"my-user1-dev" is good for (12 h|11 h 59 min)/],
    },
    {
      title: "What an SDK gets from that credential_process: an hour as the role, and no question.",
      command: "aws-as process my-role1-dev",
      expect: [/^\{"Version":1,"AccessKeyId":"ASIA\w{16}",.*"Expiration":"[-\dT:]+Z",.*\}$/],
    },
    {
      title: "A program with the AWS SDK for JavaScript, which has never heard of aws-as, as the other role.",
      command: "AWS_PROFILE=as-my-role2-dev node whoami.js",
      expect: [sessionOf("my-role2")],
    },
    ...(aws === undefined
      ? []
      : [
          {
            title: "The same with aws-cli.",
            command: `${aws} --profile as-my-role1-dev sts get-caller-identity --query Arn --output text`,
            expect: [sessionOf("my-role1")],
          },
        ]),
    {
      title: "Tools that want variables: now this shell is the role. (AWS_ENDPOINT_URL is the demo's own.)",
      command: "eval $(aws-as env my-role1-dev)",
      expect: [/^aws-as: my-role1-dev: role my-role1 in 111111111111, eu-west-1, (1 h|59 min) left$/],
    },
    {
      command: "env | grep AWS_ | sort",
      expect: [
        /^AWS_ACCESS_KEY_ID=ASIA\w{16}$/m,
        /^AWS_SECRET_ACCESS_KEY=.{40}$/m,
        /^AWS_SESSION_TOKEN=.{100,}$/m,
        /^AWS_REGION=eu-west-1$/m,
        /^AWS_AS_IDENTITY=my-role1-dev$/m,
      ],
    },
    {
      title: "On to the other role, still with that one code.",
      command: "eval $(aws-as env my-role2-dev)",
      expect: [/^aws-as: my-role2-dev: role my-role2 in \d+, eu-west-1, (1 h|59 min) left$/],
    },
    {
      command: "aws-as status",
      expect: [
        /^\(my-role2-dev\) this shell acts as "my-role2-dev" for \d+ min/,
        /user my-user1-dev .*, 11 h \d+ min left/,
      ],
    },
    {
      title: "Nobody again. Nothing of it is left.",
      command: "eval $(aws-as env -)",
      expect: [/^$/],
    },
    { command: "env | grep AWS_", expect: [new RegExp(`^AWS_ENDPOINT_URL=${endpoint}$`)] },
  ];
}

/** What AWS was asked in the story: calls that it granted, and calls that it refused. */
export function callsOfStory({
  aws,
}: Pick<Props, "aws">): Record<string, [granted: number, refused: number]> {
  return {
    // The dry run finds the MFA device, and it is remembered.
    ListMFADevices: [1, 0],
    // The wrong code, and the right one.
    GetSessionToken: [1, 1],
    AssumeRole: [2, 0],
    // The SDK's own call and aws-cli's.
    GetCallerIdentity: [aws === undefined ? 1 : 2, 0],
  };
}
