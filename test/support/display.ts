import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { eventually } from "./pty.ts";

/** A screen that nobody sees, with a person who reads titles and types. */
export interface Display {
  /** For the environment of a program: `:5`. */
  readonly name: string;
  /** Windows of this title that can be seen. */
  windows(title?: string): string[];
  /** The processes that show those windows. */
  showers(): string[];
  /** Waits for a window, types into it and presses Return, until it closes. */
  answer(text: string): Promise<void>;
  press(key: string): Promise<void>;
}

/** Starts an X server; it ends with the test. */
export async function startDisplay(t: TestContext): Promise<Display> {
  // Without -noreset the server starts over whenever its last client leaves, and refuses the next one meanwhile.
  const server = spawn(
    "Xvfb",
    ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  t.after(async () => {
    if (server.exitCode === null) {
      // By SIGTERM it takes its lock and its socket with it, and the number is free again.
      server.kill("SIGTERM");
      await once(server, "exit");
    }
  });
  let printed = "";
  server.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  await eventually(() => printed.includes("\n"), "the X server");
  const name = `:${printed.trim()}`;
  const tool = (...words: string[]): string => {
    try {
      return execFileSync("xdotool", words, {
        env: { PATH: process.env["PATH"] ?? "", DISPLAY: name },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    } catch {
      return "";
    }
  };
  const windows = (title = "aws-as") =>
    tool("search", "--onlyvisible", "--name", `^${title}$`).split("\n").filter(Boolean);
  /** Does something to the window until it is gone: a window that has just come up may not take keys yet. */
  const until = async (keys: () => void) => {
    await eventually(() => windows().length > 0, "a window");
    // Each question is a process of its own, and X may give its window the number of the one before.
    const asker = () => windows().map((window) => `${window} of ${tool("getwindowpid", window)}`)[0];
    const first = asker();
    const window = first?.split(" ")[0] ?? "";
    for (;;) {
      tool("windowfocus", window);
      keys();
      const gone = await eventually(() => asker() !== first, "its end", 3000).then(
        () => true,
        () => false,
      );
      if (gone) return;
    }
  };
  return {
    name,
    windows,
    showers: () => windows().map((window) => tool("getwindowpid", window)),
    answer: (text) =>
      until(() => {
        tool("key", "ctrl+a");
        tool("type", "--delay", "20", text);
        tool("key", "Return");
      }),
    press: (key) => until(() => tool("key", key)),
  };
}
