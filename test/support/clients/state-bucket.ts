import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** As much of S3 as Terraform's backend needs: one bucket, any keys, no questions asked. */
export interface StateBucket {
  readonly url: string;
  /** What was put, by path. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** The access key ids that signed the requests. */
  readonly callers: ReadonlySet<string>;
  close(): void;
}

export async function startStateBucket(): Promise<StateBucket> {
  const objects = new Map<string, Buffer>();
  const callers = new Set<string>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://bucket");
    const body = await buffer(request);
    callers.add(/Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "nobody");
    response.setHeader("content-type", "application/xml");
    if (request.method === "PUT") {
      objects.set(pathname, body);
      return response.end();
    }
    if (searchParams.has("list-type")) {
      return response.end("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
    }
    const object = objects.get(pathname);
    if (object !== undefined) return response.end(request.method === "HEAD" ? undefined : object);
    response.statusCode = 404;
    return response.end("<Error><Code>NoSuchKey</Code></Error>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    callers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
