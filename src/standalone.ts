/**
 * The first file of the stand-alone executable. Bun gives a path inside of it as the script; ours is the executable itself. Shell
 * functions and children start "Node" with the script, both of which are this file: the second is dropped. Called by a link of
 * the name aws-as-activate, it is that program.
 */
const words = process.argv.slice(process.argv[2] === process.execPath ? 3 : 2);
const activates = /(^|[/\\])aws-as-activate(\.exe)?$/.test(process.argv0);
process.argv = [process.execPath, process.execPath, ...(activates ? ["activate"] : []), ...words];
void import("./first.ts");

export {};
