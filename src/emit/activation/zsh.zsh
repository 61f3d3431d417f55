# zsh: the prompt shows an element of psvar, which needs no option and interprets nothing. A high one, as prompt
# themes use the first ones (pure: up to 22).
function aws-as { \emulate -L zsh; __aws_as "$@" }
function aws-as-deactivate { \emulate -L zsh; __aws_as_deactivate "$@" }

# The same under every option. The only ones that matter are asked for before they are set.
function __aws_as_refresh {
  local reference='%(97V.%97v.)'
  [[ -o prompt_percent ]] || reference='${__aws_as_ps1-}'
  \emulate -L zsh
  __aws_as_now=${(%):-%D{%s}}
  __aws_as_show
  psvar[97]=$__aws_as_ps1
  [[ $PROMPT == *$reference* ]] || PROMPT=$reference$PROMPT
}

function __aws_as_hook { __aws_as_refresh }

function __aws_as_unhook {
  precmd_functions=("${(@)precmd_functions:#__aws_as_hook}")
  [[ -n $__aws_as_precmd || ${#precmd_functions} -gt 0 ]] || \unset precmd_functions
  PROMPT=${PROMPT//(\%\(97V.%97v.\)|\$\{__aws_as_ps1-\})/}
  psvar[97]=''
  while (( ${#psvar} > __aws_as_psvar )) && [[ -z ${psvar[-1]} ]]; do
    psvar[-1]=()
  done
  \unset __aws_as_precmd __aws_as_psvar
  \unset -f __aws_as_hook
}

function __aws_as_hook_in {
  \emulate -L zsh
  if (( ! ${+__aws_as_psvar} )); then
    \typeset -g __aws_as_precmd=${precmd_functions+set} __aws_as_psvar=${#psvar}
  fi
  \typeset -ga precmd_functions
  precmd_functions=("${(@)precmd_functions:#__aws_as_hook}" __aws_as_hook)
}
__aws_as_hook_in
\unset -f __aws_as_hook_in
