// Prints, for each call of the program, how many files of dist it read, how many source files lie in them, and of how many
// a function ran. Words given are one call, for which the source files are listed.
//   npm run loaded [-- keys list]
import { calls, runCalls } from "../build/test/support/loaded-calls.js";

const line = process.argv.slice(2).join(" ");
const found = await runCalls(line === "" ? Object.keys(calls) : [line]);
console.log("read  loaded  ran  most");
for (const [call, { chunks, loaded, ran, status }] of found) {
  const numbers = [chunks.length, loaded.length, ran.length, calls[call] ?? ""];
  const cells = numbers.map((number, at) => String(number).padStart([4, 7, 4, 5][at]));
  console.log(`${cells.join(" ")}  aws-as ${call}${status === 0 ? "" : `  (exit status ${status})`}`);
}
if (line !== "") {
  const { chunks, loaded, ran } = found.get(line);
  console.log(`\n${chunks.join("\n")}\n`);
  for (const file of loaded) console.log(`${ran.includes(file) ? "ran   " : "loaded"}  ${file}`);
}
