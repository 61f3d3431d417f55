import assert from "node:assert/strict";
import test from "node:test";
import {
  type KeychainErrorKind,
  keychainError,
  kindOfKeychainFailure,
} from "../../src/store/keychain/keychain-error.ts";

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
  ["linux", "The prompt was dismissed", "cancelled"],
  ["linux", "Timeout was reached", "hanging"],
  [
    "linux",
    "Did not receive a reply. Possible causes include: the remote application did not send a reply, the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.",
    "hanging",
  ],
  ["linux", "Message recipient disconnected from message bus without replying", "ended"],
  [
    "linux",
    'An AppArmor policy prevents this sender from sending this message to this recipient; type="method_call"',
    "denied",
  ],
  ["linux", "Rejected send message, 1 matched rules", "denied"],
  ["linux", "Something else", "failed"],
  ["darwin", "User interaction is not allowed.", "locked"],
  ["darwin", "In dark wake, no UI possible", "locked"],
  ["darwin", "The user name or passphrase you entered is not correct.", "denied"],
  ["darwin", "The authorization was denied since no user interaction was possible.", "locked"],
  ["darwin", "User interaction is required, but is currently not allowed.", "locked"],
  ["darwin", "The specified keychain could not be found.", "no-collection"],
  // The keychain is there and out of reach: what helps stands in its words.
  ["darwin", "No keychain is available. You may need to restart your computer.", "failed"],
  ["darwin", "The specified item has no access control.", "denied"],
  ["darwin", "User canceled the operation.", "cancelled"],
  ["darwin", "A default keychain could not be found.", "no-collection"],
  ["darwin", "An unknown error occurred.", "failed"],
  [
    "win32",
    "A specified logon session does not exist. It may already have been terminated.\r\n",
    "no-session",
  ],
  ["win32", "The stub received bad data.\r\n", "failed"],
  ["win32", "The parameter is incorrect.\r\n", "failed"],
  ["win32", "Access is denied.\r\n", "denied"],
  ["win32", "The operation was canceled by the user.\r\n", "cancelled"],
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
  for (const kind of ["locked", "cancelled", "denied", "hanging", "ended", "failed"] as const)
    assert.equal(absent(kind), false, kind);
});

test("apt install libsecret-1-0 is named only when libsecret is what is missing", () => {
  for (const [platform, , kind] of cases) {
    assert.ok(!keychainError(kind, platform).hints.some((hint) => hint.includes("libsecret")), kind);
  }
  assert.match(keychainError("no-library", "linux").hints[0] ?? "", /libsecret-1-0/);
});
