import assert from "node:assert/strict";
import test from "node:test";
import {
  type KeychainErrorKind,
  keychainError,
  kindOfKeychainFailure,
} from "../../src/store/keychain-error.ts";

const cases: readonly (readonly [string, string, KeychainErrorKind])[] = [
  ["linux", "Cannot autolaunch D-Bus without X11 $DISPLAY", "no-bus"],
  ["linux", "Could not connect: No such file or directory", "no-bus"],
  ["linux", "Could not connect: Connection refused", "no-bus"],
  ["linux", "Could not connect to 127.0.0.1: Connection refused", "no-bus"],
  [
    "linux",
    "Error spawning command line “dbus-launch --autolaunch=3d12 --binary-syntax --close-stderr”: Child process exited with code 1",
    "no-bus",
  ],
  ["linux", "Cannot spawn a message bus without a machine-id: Unable to load /etc/machine-id", "no-bus"],
  ["linux", "The name org.freedesktop.secrets was not provided by any .service files", "no-service"],
  ["linux", "The name is not activatable", "no-service"],
  [
    "linux",
    "Error calling StartServiceByName for org.freedesktop.secrets: Timeout was reached",
    "no-service",
  ],
  ["linux", "Cannot create an item in a locked collection", "locked"],
  ["linux", "The prompt was dismissed", "refused"],
  ["linux", "Timeout was reached", "hanging"],
  ["linux", "Something else", "failed"],
  ["darwin", "User interaction is not allowed.", "locked"],
  ["darwin", "In dark wake, no UI possible", "locked"],
  ["darwin", "The user name or passphrase you entered is not correct.", "refused"],
  ["darwin", "User canceled the operation.", "refused"],
  ["darwin", "A default keychain could not be found.", "no-collection"],
  ["darwin", "An unknown error occurred.", "failed"],
  [
    "win32",
    "A specified logon session does not exist. It may already have been terminated.\r\n",
    "no-session",
  ],
  ["win32", "The stub received bad data.\r\n", "failed"],
  ["freebsd", "anything", "failed"],
];
for (const [platform, message, kind] of cases) {
  test(`${platform}: "${message.trim()}" means ${kind}`, () => {
    assert.equal(kindOfKeychainFailure(platform, message), kind);
  });
}

test("every error is lower case, ends without a period and says a command", () => {
  for (const [platform, message, kind] of cases) {
    const error = keychainError(kind, platform, message);
    assert.match(error.message, /^(the|no|Windows) [^\n]*[^.\n]$/);
    assert.ok(error.hints.length > 0);
    assert.doesNotMatch(error.message, /\.\)$/);
  }
});

test("only where there is no keychain at all may another store take its place", () => {
  const absent = (kind: KeychainErrorKind): boolean => keychainError(kind, "linux").absent;
  for (const kind of [
    "no-addon",
    "no-library",
    "no-bus",
    "no-service",
    "no-collection",
    "no-session",
  ] as const) {
    assert.equal(absent(kind), true, kind);
  }
  for (const kind of ["locked", "refused", "hanging", "failed"] as const)
    assert.equal(absent(kind), false, kind);
});

test("apt install libsecret-1-0 is named only when libsecret is what is missing", () => {
  for (const [platform, , kind] of cases) {
    assert.ok(!keychainError(kind, platform).hints.some((hint) => hint.includes("libsecret")), kind);
  }
  assert.match(keychainError("no-library", "linux").hints[0] ?? "", /libsecret-1-0/);
});
