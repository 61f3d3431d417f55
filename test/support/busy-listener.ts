import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Node accepts at once, so it takes another program to let callers stand in the queue. */
const listener = `
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(0)
first = socket.socket(socket.AF_UNIX)
first.connect(sys.argv[1])
print("full", flush=True)
sys.stdin.readline()
first.close()
while True:
    one, _ = server.accept()
    one.settimeout(5)
    if one.recv(4096):
        one.sendall(bytes.fromhex(sys.argv[2]))
    one.close()
`;

/** Something that listens at a socket and accepts nobody until it is told to; its queue of one is full. */
export async function startBusyListener(t: TestContext, answer: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-busy-"));
  const path = join(folder, "socket");
  const child = spawn("python3", ["-c", listener, path, answer.toString("hex")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  await once(child.stdout, "data");
  return {
    path,
    /** Resolves when a caller is turned away. */
    isFull: async () => {
      const socket = connect(path);
      const [error] = await once(socket, "error");
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    },
    accept: () => child.stdin.write("\n"),
  };
}
