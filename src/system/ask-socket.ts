import { request } from "node:http";
import { failureReason } from "./failure-reason.ts";
import type { HttpReply } from "./listen.ts";
import { UserError } from "./user-error.ts";

/** Bytes. A document has a few thousand. */
const longestReply = 64 * 1024;

/**
 * Asks over HTTP on a Unix socket.
 *
 * @param timeLimit milliseconds
 * @throws UserError where nothing answers in time
 */
export function askSocket(socketPath: string, path: string, timeLimit: number): Promise<HttpReply> {
  return new Promise((done, fail) => {
    const failed = (why: string, cause?: unknown) =>
      fail(new UserError(`nothing answers on ${socketPath}: ${why}`, { cause }));
    const sent = request(
      { socketPath, path, headers: { host: "localhost" }, timeout: timeLimit },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          body += text;
          if (body.length > longestReply) sent.destroy(new Error("the answer is too long"));
        });
        response.on("error", (error) => failed(error.message, error));
        response.on("end", () => done({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`not within ${timeLimit / 1000} s`)));
    sent.on("error", (error) => failed(failureReason(error), error));
    sent.end();
  });
}
