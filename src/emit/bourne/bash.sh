# shellcheck shell=bash
# shellcheck disable=SC2154 # What functions.sh sets.
# bash: before each prompt it is looked again who this shell acts as, and a prompt that was changed gets its prefix back.
# In the syntax of bash 3.2, which macOS has.

# What stands in PROMPT_COMMAND. A copy of it that another tool runs when we are gone does nothing. A status that is not 0
# is handed on to what comes after it, but is no failure for `set -e` and `trap … ERR`.
# shellcheck disable=SC2016
__aws_as_entry='${__aws_as_hook+"$__aws_as_hook"} && \:'
__aws_as_hook=__aws_as_before_prompt

function __aws_as_before_prompt {
  \set -- "$?"
  { __aws_as_hush; } 2>/dev/null
  case ${__aws_as_renew:+due}${AWS_AS_RENEW-} in
    due0) ;;
    due*) __aws_as_renew_due ;;
  esac
  __aws_as_look
  __aws_as_unhush
  \return "$1"
}

# A format of time is known since 4.2.
function __aws_as_renew_due {
  if __aws_as_is_since 402; then
    \builtin printf -v __aws_as_now '%(%s)T' -1
    __aws_as_renew_by "$__aws_as_now"
    \unset __aws_as_now
  fi
}

# After activation and after each switch.
function __aws_as_refresh {
  __aws_as_look
  case $-:${__aws_as_ps1:+shown}${__aws_as_renew:+shown} in
    *i*:shown*) __aws_as_hook_in ;;
  esac
}

function __aws_as_unhook {
  __aws_as_uncomplete
  __aws_as_hook_out
  __aws_as_unfix_static
  __aws_as_unfix_ps1
  \unset __aws_as_entry __aws_as_hook __aws_as_created
  \unset -f __aws_as_before_prompt __aws_as_renew_due __aws_as_look __aws_as_unfix_static __aws_as_is_since
  \unset -f __aws_as_attributes __aws_as_hook_in __aws_as_hook_out __aws_as_with __aws_as_without __aws_as_printed
}

# A switch that nothing follows in its subshell has changed nothing. The return is the last command in there then.
# shellcheck disable=SC2016
function __aws_as_tell_end {
  if ((BASH_SUBSHELL)) && [[ -z $({ __aws_as_printed trap -p EXIT; } 3>&1 >/dev/null) ]]; then
    \trap 'case $BASH_COMMAND in *__aws_as_ends*) \printf "%s\n" "aws-as: AWS_AS_PART_ENDED" >&2 ;; esac' EXIT
  fi
  \return "${__aws_as_ends-0}"
}

function __aws_as_look {
  __aws_as_over=
  # A format of time is known since 4.2. Times in one form compare as texts.
  if [[ ${AWS_CREDENTIAL_EXPIRATION-} == ????-??-??T??:??:??*Z ]] && __aws_as_is_since 402; then
    TZ=UTC0 \builtin printf -v __aws_as_over '%(%Y-%m-%dT%H:%M:%SZ)T' -1
    if [[ $AWS_CREDENTIAL_EXPIRATION > $__aws_as_over ]]; then __aws_as_over=; fi
  fi
  __aws_as_show
  # Readline counts nothing that stands between \001 and \002.
  case ${NO_COLOR:+no}${TERM-dumb}$__aws_as_ps1 in
    no* | dumb*) ;;
    *' protected) ') __aws_as_ps1=$'\001\e[31m\002'"${__aws_as_ps1% p*})"$'\001\e[m\002 ' ;;
  esac
  __aws_as_unfix_static
  if \builtin shopt -q promptvars || \builtin shopt -qo posix; then
    __aws_as_fix_ps1
    \return
  fi
  # This prompt would show the reference as it stands, so the prefix itself takes its place.
  __aws_as_unfix_ps1
  case ${PS1+set} in
    set)
      __aws_as_static=$__aws_as_ps1
      PS1=$__aws_as_static$PS1
      ;;
  esac
}

function __aws_as_unfix_static {
  case ${__aws_as_static:+was}${PS1-} in
    was*"${__aws_as_static-}"*) PS1=${PS1%%"$__aws_as_static"*}${PS1#*"$__aws_as_static"} ;;
  esac
  \unset __aws_as_static
}

function __aws_as_is_since {
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= $1))
}

# Puts the entry at the end of PROMPT_COMMAND, where the prompts that are made there have been made.
function __aws_as_hook_in {
  case "${PROMPT_COMMAND[*]-}" in
    *"$__aws_as_entry"*) \return 0 ;;
  esac
  __aws_as_attributes PROMPT_COMMAND
  case $__aws_as_flags in
    *r*) ;;
    '')
      __aws_as_created=yes
      PROMPT_COMMAND=$__aws_as_entry
      ;;
    *a*)
      __aws_as_index=0
      # All elements are run since 5.1, before only the first.
      if __aws_as_is_since 501; then
        for __aws_as_index in ${PROMPT_COMMAND[@]+"${!PROMPT_COMMAND[@]}"}; do \:; done
      fi
      __aws_as_with "${PROMPT_COMMAND[__aws_as_index]-}"
      if __aws_as_is_since 501 && [[ $__aws_as_text == *"$__aws_as_entry" ]]; then
        PROMPT_COMMAND+=("$__aws_as_entry")
      else
        PROMPT_COMMAND[__aws_as_index]=$__aws_as_text
      fi
      ;;
    *)
      __aws_as_with "${PROMPT_COMMAND-}"
      # shellcheck disable=SC2178 # It is no array here.
      PROMPT_COMMAND=$__aws_as_text
      ;;
  esac
  \unset __aws_as_flags __aws_as_index __aws_as_text
}

# Takes the entry out again, and keeps what else was made of PROMPT_COMMAND.
function __aws_as_hook_out {
  __aws_as_attributes PROMPT_COMMAND
  case $__aws_as_flags in
    *r* | '') ;;
    *a*)
      for __aws_as_index in ${PROMPT_COMMAND[@]+"${!PROMPT_COMMAND[@]}"}; do
        __aws_as_without "${PROMPT_COMMAND[__aws_as_index]}"
        case $__aws_as_text in
          "${PROMPT_COMMAND[__aws_as_index]}") ;;
          '') \unset "PROMPT_COMMAND[$__aws_as_index]" ;;
          *) PROMPT_COMMAND[__aws_as_index]=$__aws_as_text ;;
        esac
      done
      ;;
    *)
      __aws_as_without "${PROMPT_COMMAND-}"
      # shellcheck disable=SC2178 # It is no array here.
      PROMPT_COMMAND=$__aws_as_text
      ;;
  esac
  case ${__aws_as_created-}${PROMPT_COMMAND[*]-} in
    yes) \unset PROMPT_COMMAND ;;
  esac
  \unset __aws_as_flags __aws_as_index __aws_as_text
}

# What a builtin prints, at 3, as that is where a user's traps print nothing; nothing where it fails.
function __aws_as_printed {
  \builtin "$@" >&3 2>/dev/null || \:
}

# The letters of a variable's attributes: `--` where it has none, nothing where there is no such variable.
function __aws_as_attributes {
  __aws_as_flags=$({ __aws_as_printed declare -p "$1"; } 3>&1 >/dev/null)
  __aws_as_flags=${__aws_as_flags#declare }
  __aws_as_flags=${__aws_as_flags%% *}
}

# The text of a PROMPT_COMMAND with the entry, on a line of its own: the line before may end in a comment or in `;`. What
# watches commands by `trap … DEBUG` (bash-preexec and its many users, VS Code) takes a command after its own last entry
# for one that was typed, so we stay before that.
function __aws_as_with {
  for __aws_as_text in "${__bp_install_string:-__bp_install}" __bp_interactive_mode __vsc_prompt_cmd_original __vsc_prompt_cmd; do
    case $1 in
      *"$__aws_as_text")
        __aws_as_text=${1%"$__aws_as_text"}$__aws_as_entry$'\n'$__aws_as_text
        \return
        ;;
    esac
  done
  __aws_as_text=$__aws_as_entry
  case $1 in
    ?*) __aws_as_text=$1$'\n'$__aws_as_text ;;
  esac
}

# The text without the entry, and without what somebody may have put behind it to join it to more.
function __aws_as_without {
  __aws_as_text=$1
  for __aws_as_joint in "$__aws_as_entry; " "$__aws_as_entry;" $'\n'"$__aws_as_entry" "$__aws_as_entry"$'\n' "$__aws_as_entry"; do
    while [[ $__aws_as_text == *"$__aws_as_joint"* ]]; do
      __aws_as_text=${__aws_as_text%%"$__aws_as_joint"*}${__aws_as_text#*"$__aws_as_joint"}
    done
  done
  \unset __aws_as_joint
}
