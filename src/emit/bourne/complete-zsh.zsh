# What zsh does where TAB is pressed: the program prints the words that can stand there, `word:description`, one per line.
# Which of them fit, and how they are quoted, is for zsh. Activation's functions are made under other options than those
# that completion works under.
function AWS_AS_PART_COMPLETE {
  \builtin setopt local_options $_comp_options
  \builtin local -a found
  found=("${(@f)$(AWS_AS_PART_PROGRAM complete zsh "${(@Q)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  _describe -V aws-as found
}
