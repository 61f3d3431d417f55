/**
 * Variables of Node's own that a project's environment may hold, and with which our Node is not to be started. What
 * NODE_OPTIONS preloads may print, and a client takes that for our answer, or shows our answer as what it could not
 * read; NODE_PATH adds code to ours; NODE_DEBUG shows requests, session token included; NODE_TLS_REJECT_UNAUTHORIZED=0
 * trusts every server. NODE_EXTRA_CA_CERTS, NODE_USE_SYSTEM_CA and NODE_USE_ENV_PROXY stay, as a network may need them, and
 * NODE_V8_COVERAGE, which only writes files.
 */
export const projectVariables: readonly string[] = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_DEBUG",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  // Bun's, where we are the stand-alone executable: options, being bun itself and no program, and a debugger that loads code.
  ...(process.versions["bun"] === undefined
    ? []
    : [
        "BUN_OPTIONS",
        "BUN_BE_BUN",
        "BUN_INSPECT",
        "BUN_INSPECT_CONNECT_TO",
        "BUN_INSPECT_NOTIFY",
        "BUN_INSPECT_PRELOAD",
      ]),
];
