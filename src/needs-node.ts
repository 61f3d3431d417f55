/**
 * Says that this Node.js is too old, before anything is read that it could not parse: the build writes the first file in the
 * syntax of 2015. In a project's folder whatever `node` is first in PATH there runs us.
 */
const needed = 20;
const words = process.argv.slice(2).join(" ");

if (Number.parseInt(process.versions.node, 10) < needed) {
  // `eval` of nothing would be a success. What other shells read stops at the exit status.
  const isEvaluated =
    /^(?:env|activate|-[sc]|--shell)(?= |=|$)/.test(words) ||
    /activate(?:\.cjs)?$/.test(process.argv[1] ?? "");
  const isOther =
    /(?:^| )(?:--format|--shell[ =](?:elvish|xonsh|nu|nushell|powershell|pwsh|cmd)(?: |$))/.test(words);
  if (isEvaluated && !isOther) process.stdout.write("false;\n");
  process.stderr.write(
    `aws-as: error: aws-as needs Node.js ${needed} or later, and this is ${process.versions.node}: ${process.execPath}\n` +
      "aws-as: hint: put a newer node first in PATH; the shell functions and the profiles of init keep the one they were made with\n",
  );
  process.exit(1);
}

export {};
