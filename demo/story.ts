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
        "You have a user with an access key, and two roles that want MFA. aws-as adds a profile for each.",
      command: "aws-as init --dry-run my-role1-dev",
      expect: [
        /^\+\[profile as-my-role1-dev\]\n(\+.*\n)*\+credential_process = .*aws-as process my-role1-dev$/m,
        new RegExp(`^\\+mfa_serial = ${one.mfaSerial}$`, "m"),
      ],
    },
    {
      title: "Nothing was changed so far. Now it is; your own lines stay as they are.",
      command: "aws-as init",
      expect: [/added profile as-my-user1-dev/, /added profile as-my-role1-dev/, /as-my-role2-dev/],
    },
    {
      title: "One MFA code for the next 12 hours. A mistyped one does no harm.",
      command: "aws-as login my-user1-dev",
      replies: [
        // Right once in some 300,000 demos.
        { question, type: () => "123456" },
        { question, type: code },
      ],
      expect: [/AWS refused the MFA code/, /"my-user1-dev" is good for (12 h|11 h 59 min)/],
    },
    {
      title: "This is what SDKs call. A role's credentials, and no question.",
      command: "aws-as process my-role1-dev",
      expect: [/^\{"Version":1,"AccessKeyId":"ASIA\w{16}",.*"Expiration":"[-\dT:]+Z",.*\}$/],
    },
    {
      title:
        "A program with the AWS SDK for JavaScript, which has never heard of aws-as. Another role, no new code.",
      command: "AWS_PROFILE=as-my-role2-dev node whoami.js",
      expect: [sessionOf("my-role2")],
    },
    ...(aws === undefined
      ? []
      : [
          {
            title: "And aws-cli.",
            command: `${aws} --profile as-my-role1-dev sts get-caller-identity --query Arn --output text`,
            expect: [sessionOf("my-role1")],
          },
        ]),
    {
      title:
        "Other tools want variables. Now this shell acts as the role (AWS_ENDPOINT_URL is the demo's own).",
      command: "eval $(aws-as env my-role1-dev)",
      expect: [/^$/],
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
      title: "From role to role, in the same shell, still with that one code.",
      command: "eval $(aws-as env my-role2-dev)",
      expect: [/^$/],
    },
    {
      command: "aws-as status",
      expect: [
        /^\(my-role2-dev\) this shell acts as "my-role2-dev" for \d+ min/,
        /user my-user1-dev .*, 11 h \d+ min left/,
      ],
    },
    {
      title: "Be nobody again. Nothing is left.",
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
    // init looks for the MFA device, in the dry run too.
    ListMFADevices: [2, 0],
    // The wrong code, and the right one.
    GetSessionToken: [1, 1],
    AssumeRole: [2, 0],
    // The SDK's own call and aws-cli's.
    GetCallerIdentity: [aws === undefined ? 1 : 2, 0],
  };
}
