# shellcheck shell=bash
# bash: the prompt is looked after before each prompt, by a hook that gives the last status on.
__aws_as_hook() {
  \set -- "$?"
  __aws_as_refresh
  \return "$1"
}
