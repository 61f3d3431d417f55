import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../as-many-as-fit.ts";
import { type Pty, startPty } from "../pty.ts";
import type { ClientDesk } from "./client-desk.ts";
import type { Client } from "./clients.ts";

/** One client of many, and whom it wants to be. */
export interface ClientRequest {
  readonly client: Client;
  readonly role: string;
}

/** How that went. */
export interface Outcome extends ClientRequest {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Many clients in the foreground of one terminal, as `make -j` has them. */
export interface ClientCrowd {
  readonly terminal: Pty;
  /** Resolves when all have ended. */
  end(milliseconds: number): Promise<Outcome[]>;
}

/** Starts them all at once. */
export function startClients(t: Scope, desk: ClientDesk, wishes: readonly ClientRequest[]): ClientCrowd {
  const folder = join(desk.home.path, "crowd");
  mkdirSync(folder);
  const members = wishes.map(({ client, role }, index) => `member ${index} ${role} ${desk.script(client)} &`);
  // Not interactive, so without job control: what it puts into the background stays in its own process group.
  const script = `
    member() {
      began=$EPOCHREALTIME
      "$3" "$2" > $1.out 2> $1.err < /dev/null
      echo "$? $began $EPOCHREALTIME" > $1.end
    }
    ${members.join("\n    ")}
    wait
    echo all have ended
  `;
  writeFileSync(join(folder, "script"), script);
  const terminal = startPty("bash", ["--noprofile", "--norc", "script"], { cwd: folder, env: desk.home.env });
  t.after(() => terminal.close());
  const read = (index: number, what: string) => readFileSync(join(folder, `${index}.${what}`), "utf8");
  return {
    terminal,
    end: async (milliseconds) => {
      await terminal.waitFor("all have ended", milliseconds);
      return wishes.map((wish, index) => {
        const [status = Number.NaN, began = 0, end = 0] = read(index, "end").split(" ").map(Number);
        const took = (end - began) * 1000;
        return {
          ...wish,
          status,
          stdout: read(index, "out"),
          stderr: read(index, "err"),
          milliseconds: took,
        };
      });
    },
  };
}
