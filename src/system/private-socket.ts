import { spawnSync } from "node:child_process";
import { lstatSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { UserError } from "./user-error.ts";

/**
 * Makes room for a socket. What a process that was killed left there goes; what answers, and what is no socket, stays.
 *
 * @throws UserError
 */
export async function makeRoomFor(path: string): Promise<void> {
  const folder = dirname(path);
  // Node.js would say that it is not permitted.
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`there is no folder ${folder} for the socket`);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new UserError(`${path} is there already, and is no socket`);
  if (await answers(path)) {
    throw new UserError(`something answers on ${path} already`, {
      hints: ["choose another path, or end it"],
    });
  }
  rmSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path, () => done(Boolean(socket.destroy())));
    socket.on("error", ({ code }: NodeJS.ErrnoException) =>
      done(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}

/**
 * Lets one other user open the socket. The kernel checks it for each connection, by the list of who may (acl(5)), as
 * Node.js does not tell who is at the other end.
 *
 * @throws UserError
 */
export function letIn(path: string, uid: number): void {
  const { status, error } = spawnSync("setfacl", ["-m", `u:${uid}:rw`, "--", path], { stdio: "ignore" });
  if (status === 0) return;
  const isAbsent = (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  throw new UserError(
    `user ${uid} cannot be let in: ${isAbsent ? "there is no setfacl" : "setfacl failed"}`,
    {
      hints: isAbsent
        ? ["sudo apt install acl"]
        : ["does the file system of this folder know lists of who may (ACLs)?"],
    },
  );
}
