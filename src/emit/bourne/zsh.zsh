# zsh: before each prompt it is looked again who this shell acts as, and a prompt that was changed gets its prefix back.
# All functions, those of functions.sh too, are made by `emulate zsh -o no_aliases -c`, so zsh runs them under those options
# and not under the user's. Of the options that it leaves as they are, we ask how prompts are read.

# A reference to an element of psvar needs no option and interprets nothing. A high one, as prompt themes use the first
# ones (pure: up to 22).
__aws_as_entry='%(97V.%97v.)'

# A user's trap for failures is for the command that was typed, and would not let err_exit end the shell after it had
# seen ours. A trap that looks at commands shall not see secrets, nor be run for each step of ours. Ctrl-C is for the
# program, whose status is ours then; without a trap zsh would end the function with a status of its own.
function aws-as { \trap - ZERR DEBUG; \trap : INT; __aws_as "$@" }
function aws-as-deactivate { \trap - ZERR DEBUG; __aws_as_deactivate "$@" }

# What stands in precmd_functions. zsh itself keeps the statuses of the user's command, and skips a name that is left
# there without a function.
function __aws_as_hook {
  \trap - ZERR DEBUG
  if [[ -n ${__aws_as_renew-} && ${AWS_AS_RENEW-} != 0 ]]; then __aws_as_renew_by ${(%):-%D{%s}}; fi
  __aws_as_look
  __aws_as_register
  __aws_as_hook_in
}

# After activation and after each switch. A script has no prompt. Without compinit completion has to wait for it.
function __aws_as_refresh {
  if [[ -o interactive ]]; then
    __aws_as_look
    __aws_as_register
    if [[ -n $__aws_as_ps1 || -n ${__aws_as_renew-} ]] || (( ! ${+_comps} )); then __aws_as_hook_in; fi
  fi
}

# A subshell cannot tell what it is of, but the line that was typed can.
function __aws_as_tell_end {
  [[ -o interactive && $ZSH_SUBSHELL != 0 ]] || \return 0
  local typed=${history[$HISTCMD]-}
  local first=${typed%%[\|\;\&\(\)\{\}]*}
  if [[ $first == aws-as\ * && ${typed#"$first"} == \|[^\|]* ]]; then
    \printf '%s\n' 'aws-as: AWS_AS_PART_ENDED' >&2
  fi
}

function __aws_as_unhook {
  __aws_as_uncomplete
  __aws_as_hook_out
  __aws_as_red=
  __aws_as_put ''
  if (( ${+__aws_as_psvar} )); then
    psvar[97]=
    while (( ${#psvar} > __aws_as_psvar )) && [[ -z ${psvar[-1]} ]]; do psvar[-1]=(); done
  fi
  \unset __aws_as_entry __aws_as_red __aws_as_static __aws_as_psvar __aws_as_created
  \unset -f __aws_as_hook __aws_as_look __aws_as_put __aws_as_hook_in __aws_as_hook_out
}

function __aws_as_look {
  # Times in one form compare as texts.
  local -x TZ=UTC0
  __aws_as_over=${(%):-%D{%Y-%m-%dT%H:%M:%SZ}}
  if [[ ${AWS_CREDENTIAL_EXPIRATION-} != ????-??-??T??:??:??*Z || $AWS_CREDENTIAL_EXPIRATION > $__aws_as_over ]]; then __aws_as_over=; fi
  __aws_as_red=
  __aws_as_show
  # In a shell that was started as sh, psvar is a variable like any other.
  if [[ -o prompt_percent && ${(t)psvar} == *special* ]]; then
    if [[ -n $__aws_as_ps1 || -n ${psvar[97]-} ]]; then
      if (( ! ${+__aws_as_psvar} )); then __aws_as_psvar=${#psvar}; fi
      psvar[97]=$__aws_as_ps1
      if [[ $__aws_as_ps1 == *' protected) ' && ${NO_COLOR:+no}${TERM:-dumb} != (no*|dumb) ]]; then
        __aws_as_red=yes
        psvar[97]="${__aws_as_ps1% p*}) "
      fi
    fi
    __aws_as_put "${__aws_as_ps1:+$__aws_as_entry}" "$__aws_as_entry"
  elif [[ -o prompt_subst ]]; then
    __aws_as_put "${__aws_as_ps1:+\${__aws_as_ps1-\}}" '${__aws_as_ps1-}'
  else
    # This prompt is shown as it stands, so the prefix itself takes its place.
    __aws_as_put "$__aws_as_ps1"
    __aws_as_static=$__aws_as_ps1
  fi
}

# Puts a text in front of the prompt, unless it is in it, and takes away what else of ours is in it. The second text may
# stay where the first is empty.
function __aws_as_put {
  local text=${PS1-} other red="%F{red}$__aws_as_entry%f"
  text=${text/"$red"/"$__aws_as_entry"}
  for other in "$__aws_as_entry" '${__aws_as_ps1-}' "${__aws_as_static-}"; do
    if [[ -n $other && $other != "$1" && $other != "${2-}" ]]; then text=${text/"$other"}; fi
  done
  # Behind the line end that some prompts begin with.
  if [[ $text != *"$1"* ]]; then text=${(M)text#$'\n'}$1${text#$'\n'}; fi
  if [[ -n $__aws_as_red ]]; then text=${text/"$__aws_as_entry"/"$red"}; fi
  if [[ ${PS1+set} == set && $text != "$PS1" && ${(t)PS1} != *readonly* ]]; then PS1=$text; fi
}

# Puts the hook at the end of precmd_functions, where the prompts that are made there have been made.
function __aws_as_hook_in {
  case ${(t)precmd_functions} in
    *readonly*) ;;
    '')
      __aws_as_created=yes
      precmd_functions=(__aws_as_hook)
      ;;
    array*)
      if [[ ${precmd_functions[-1]-} != __aws_as_hook ]]; then
        precmd_functions=("${(@)precmd_functions:#__aws_as_hook}" __aws_as_hook)
      fi
      ;;
  esac
}

# Takes it out again, and keeps what else was put there.
function __aws_as_hook_out {
  case ${(t)precmd_functions} in
    *readonly*) ;;
    array*)
      precmd_functions=("${(@)precmd_functions:#__aws_as_hook}")
      if [[ ${__aws_as_created-} == yes && ${#precmd_functions} == 0 ]]; then \unset precmd_functions; fi
      ;;
  esac
}
