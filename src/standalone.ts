/**
 * The first file of the stand-alone executable. Bun gives a path inside of it as the script; ours is the executable itself. Shell
 * functions and children start "Node" with the script, both of which are this file: the second is dropped.
 */
const words = process.argv.slice(process.argv[2] === process.execPath ? 3 : 2);
process.argv = [process.execPath, process.execPath, ...words];
void import("./first.ts");

export {};
