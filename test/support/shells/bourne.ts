import type { Shell } from "./shell.ts";

// Bourne shells without parts of their own, or with small ones. Where `unalias` or functions cannot be listed, the
// names are probed.
const restless =
  /^export _AST_FEATURES$|^(typeset |export |declare )*(-\S+ )*(_|LINENO|RANDOM|SECONDS|PPID|OPTIND|OPTARG|EPOCH\w+|PIPESTATUS|HISTCMD|BASHPID|SRANDOM|ready|KSHEGID|PGRP|\.sh\.\w+)=/;

const shells: Shell[] = [
  {
    name: "dash",
    program: "dash",
    args: ["-i"],
    activate: "eval $(aws-as -s)",
    dump: (file) => [`{ set; alias; set -o; trap; type __aws_as; } > ${file} 2>&1`],
  },
  {
    name: "BusyBox ash",
    program: "busybox",
    args: ["ash", "-i"],
    activate: "eval $(aws-as -s)",
    dump: (file) => [`{ set; alias; set -o; trap; type __aws_as; } > ${file} 2>&1`],
  },
  {
    name: "ksh93",
    program: "ksh",
    args: ["-i"],
    // Nothing is to draw the typed line once more.
    numbered: true,
    prepare: ["set +o emacs +o vi +o gmacs +o multiline; ready=0; PS1='$((ready += 1)) rea''dy> '"],
    activate: "eval $(aws-as -s)",
    dump: (file) => [`{ typeset; typeset -f; alias; set -o; trap; } > ${file} 2>&1`],
  },
  {
    name: "mksh",
    program: "mksh",
    args: ["-i"],
    prepare: ["set +o emacs +o vi +o gmacs; PS1='rea''dy> '"],
    activate: "eval $(aws-as -s)",
    dump: (file) => [`{ typeset; typeset -f; alias; set -o; trap; bind; } > ${file} 2>&1`],
  },
  {
    name: "yash",
    program: "yash",
    args: ["-i", "--norcfile", "--noprofile", "+o", "vi", "+o", "emacs"],
    prepare: ["PS1='rea''dy> '"],
    activate: "eval $(aws-as -s)",
    dump: (file) => [`{ typeset; typeset -f; alias; set -o; trap; } > ${file} 2>&1`],
  },
  {
    name: "posh",
    program: "posh",
    args: ["-i"],
    prepare: ["PS1='rea''dy> '"],
    activate: "eval $(aws-as -s)",
    says: "aws-as: this shell allows no dash in a name: type aws_as and aws_as_deactivate\n",
    typed: (line) => line.replace(/^aws-as(-deactivate)?/, (name) => name.replaceAll("-", "_")),
    dump: (file) => [`{ set; set -o; trap; } > ${file} 2>&1`],
  },
];

export const bourneShells: readonly Shell[] = shells.map((shell) => ({ ...shell, restless }));
