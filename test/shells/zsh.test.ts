import { storyOf } from "../support/shells/story.ts";
import { zsh } from "../support/shells/zsh.ts";

storyOf(zsh);

/** With these options set before the first prompt. */
function withOptions(name: string, options: string, activate = zsh.activate) {
  storyOf({
    ...zsh,
    name: `zsh with ${name}`,
    env: { PS1: "not yet$ " },
    prepare: [`${options}; PS1='rea''dy> '`],
    activate,
  });
}

withOptions(
  "strict options",
  "setopt no_unset pipe_fail warn_create_global warn_nested_var no_clobber all_export extended_glob null_glob prompt_subst csh_junkie_history no_multibyte no_function_argzero interactive_comments",
);
withOptions(
  "the options of other shells",
  "setopt sh_word_split glob_subst ksh_arrays rc_quotes posix_builtins posix_identifiers posix_strings ksh_typeset force_float octal_zeroes ignore_braces no_short_loops; IFS='/:=;'",
);
withOptions("the options of ksh", "emulate ksh", 'eval "$(aws-as -s)"');
withOptions("a prompt that is shown as it stands", "setopt no_prompt_percent");
storyOf({
  ...zsh,
  name: "zsh called sh",
  program: "bash",
  args: ["-c", "exec -a sh zsh -i -o no_prompt_sp -o no_prompt_cr"],
  env: { PS1: "not yet$ " },
  prepare: ["PS1='rea''dy> '"],
});
