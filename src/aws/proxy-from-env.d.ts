declare module "proxy-from-env" {
  /** The proxy's address by `process.env`, or "" where none is to be used. */
  export function getProxyForUrl(target: string | URL): string;
}
