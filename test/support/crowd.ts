import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FakeAws } from "./aws/fake-aws.ts";
import { fiveRoles } from "./aws/world-of-five.ts";
import { one } from "./aws/world-of-one.ts";
import { type Home, started } from "./home.ts";
import { type Pty, startPty } from "./pty.ts";

/** The question for a code, as a person sees it. */
export const question = `MFA code for my-user1 (${one.mfaSerial}): `;

/** One of many that run `aws-as process ROLE` at the same time. */
export interface Member {
  readonly role: string;
  readonly pid: number;
  /** The exit status; 137 for one that was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Many `aws-as process` on one terminal, all in its foreground, as `make -j` or an editor with many SDKs has them. */
export interface Crowd {
  readonly terminal: Pty;
  pids(): number[];
  /** Those that have reached the lock: they hold it, or wait for it. */
  atTheLock(): number[];
  /** What the others are doing, for the message of a failure. */
  elsewhere(): string;
  /** The one that asks: it alone has the terminal open. Only meaningful while a question stands. */
  asking(): number[];
  /** Resolves when all have ended. */
  end(milliseconds?: number): Promise<Member[]>;
}

/** Starts `each` processes for each of the five roles (or of these names), the roles in turn. */
export function startCrowd(
  home: Home,
  each: number,
  env: Readonly<Record<string, string>> = {},
  names: readonly string[] = fiveRoles,
): Crowd {
  const folder = join(home.path, `crowd-${readdirSync(home.path).length}`);
  mkdirSync(folder);
  const roles = Array.from({ length: each }, () => names).flat();
  // Not interactive, so without job control: what it puts into the background stays in its own process group.
  const script = `
    n=0
    for role in ${roles.join(" ")}; do
      ${started()
        .map((word) => `"${word}"`)
        .join(" ")} process $role > $n.out 2> $n.err < /dev/null &
      echo $! > $n.pid
      pids="$pids $!"
      n=$((n + 1))
    done
    echo all are started
    n=0
    for pid in $pids; do
      wait $pid
      echo $? > $n.status
      n=$((n + 1))
    done 2> /dev/null
    echo all have ended
  `;
  writeFileSync(join(folder, "script"), script);
  const terminal = startPty("bash", ["--noprofile", "--norc", join(folder, "script")], {
    cwd: folder,
    env: { ...home.env, ...env },
  });
  const read = (index: number, what: string) => readFileSync(join(folder, `${index}.${what}`), "utf8");
  const members = () => {
    const files = new Set(readdirSync(folder));
    return roles.flatMap((role, index) =>
      // Made empty, then filled.
      files.has(`${index}.pid`) && read(index, "pid").endsWith("\n")
        ? [{ role, index, pid: Number(read(index, "pid")) }]
        : [],
    );
  };
  const pids = () => members().map(({ pid }) => pid);
  return {
    terminal,
    pids,
    atTheLock: () => pids().filter((pid) => openFiles(pid).some((file) => file.includes("/locks/"))),
    elsewhere: () =>
      members()
        .filter(({ pid }) => !openFiles(pid).some((file) => file.includes("/locks/")))
        .map(({ role, pid, index }) => {
          const doing = openFiles(pid).join(" ") || "gone";
          return `${role} (${pid}): ${doing}; it said ${JSON.stringify(read(index, "out").slice(0, 20) + read(index, "err"))}`;
        })
        .concat(`${members().length} have started`)
        .join("\n"),
    asking: () => pids().filter((pid) => openFiles(pid).includes("/dev/tty")),
    end: async (milliseconds) => {
      await terminal.waitFor("all have ended", milliseconds);
      return roles.map((role, index) => ({
        role,
        pid: Number(read(index, "pid")),
        status: Number(read(index, "status")),
        stdout: read(index, "out"),
        stderr: read(index, "err"),
      }));
    },
  };
}

/** How often the question was put on that terminal. */
export function questionsOn(terminal: Pty): number {
  return terminal.output().split(question).length - 1;
}

/** Asserts that a process served its role: a whole document of that very role's session, and not a word more. */
export function assertServed(
  member: Pick<Member, "role" | "status" | "stdout" | "stderr">,
  fake: FakeAws,
): void {
  assert.deepEqual([member.status, member.stderr], [0, ""], `${member.role}: ${JSON.stringify(member)}`);
  const document = JSON.parse(member.stdout) as Record<string, unknown>;
  assert.deepEqual(Object.keys(document), [
    "Version",
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
    "AccountId",
  ]);
  const issued = fake.requests.all.find(({ issuedKeyId }) => issuedKeyId === document["AccessKeyId"]);
  assert.equal(issued?.parameters["RoleArn"], `arn:aws:iam::${one.account}:role/${member.role}`);
  assert.ok(Date.parse(String(document["Expiration"])) > Number(issued?.at) + 50 * 60_000);
}

/** What the open descriptors of a process point to; nothing when it is gone. Linux alone tells. */
export function openFiles(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((file) => {
      try {
        return [readlinkSync(join(folder, file))];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
