# shellcheck shell=sh
# The functions for every shell of the Bourne family. A backslash before a command keeps a user's alias of that
# name out. Every name of ours begins with __aws_as, but for the two that a person types.

# Says in __aws_as_ps1 who this shell acts as. Starts no process.
__aws_as_show() {
  if \test -n "${AWS_AS_DISABLE_PROMPT-}"; then
    __aws_as_ps1=
  elif \test -z "${AWS_AS_IDENTITY-}"; then
    __aws_as_ps1='(-) '
  elif \test "${AWS_ACCESS_KEY_ID-}" != "${AWS_AS_ACCESS_KEY_ID-}" || \test -n "${AWS_PROFILE-}${AWS_DEFAULT_PROFILE-}"; then
    __aws_as_ps1='(?) '
  else
    if \test "$AWS_AS_IDENTITY" = "${__aws_as_of-}"; then
      __aws_as_ps1=${__aws_as_shown-}
    else
      # Switched by `eval $(aws-as env NAME)`.
      case $AWS_AS_IDENTITY in
        *[!A-Za-z0-9_+=.,@:/-]*) __aws_as_ps1='?' ;;
        *) __aws_as_ps1=$AWS_AS_IDENTITY ;;
      esac
    fi
    if \test "${AWS_ACCESS_KEY_ID-}" = "${__aws_as_key-}" && \test -n "${__aws_as_now-}" && \test "$__aws_as_now" -ge "$__aws_as_until"; then
      __aws_as_ps1="($__aws_as_ps1 expired) "
    else
      __aws_as_ps1="($__aws_as_ps1) "
    fi
  fi
}

# Puts the reference in front of the prompt, unless it is in it. When we are gone it expands to nothing.
__aws_as_fix_ps1() {
  case ${PS1-} in
    # shellcheck disable=SC2016
    *'${__aws_as_ps1-}'*) ;;
    # shellcheck disable=SC2016
    *) PS1='${__aws_as_ps1-}'${PS1-} ;;
  esac
}

# What a shell with a hook does before each prompt.
__aws_as_refresh() {
  __aws_as_show
  __aws_as_fix_ps1
}

__aws_as_run() {
  __aws_as_code=$(\command "$__aws_as_program" switch sh "$@") || {
    \set -- "$?"
    \unset __aws_as_code
    \return "$1"
  }
  \eval "$__aws_as_code"
  \unset __aws_as_code
}

__aws_as() {
  case ${1-} in
    -) ;;
    -- | use) \shift ;;
    '' | -* | AWS_AS_PART_VERBS)
      \command "$__aws_as_program" "$@"
      \return
      ;;
  esac
  __aws_as_run "$@" || \return
  __aws_as_refresh
}

__aws_as_deactivate() {
  case ${1-} in
    --keep-creds) ;;
    '') __aws_as_run --leave || \return ;;
    *)
      \printf '%s\n' "usage: aws-as-deactivate [--keep-creds]" >&2
      \return 2
      ;;
  esac
  __aws_as_unhook
  case ${PS1-} in
    # shellcheck disable=SC2016
    *'${__aws_as_ps1-}'*) PS1=${PS1%%'${__aws_as_ps1-}'*}${PS1#*'${__aws_as_ps1-}'} ;;
  esac
  case $__aws_as_how in
    function) \unset -f aws-as aws-as-deactivate ;;
    alias) \unalias aws-as aws-as-deactivate ;;
  esac
  \unset __aws_as_ps1 __aws_as_how __aws_as_program __aws_as_now __aws_as_shown __aws_as_of __aws_as_key __aws_as_until
  \unset -f __aws_as_show __aws_as_fix_ps1 __aws_as_refresh __aws_as_run __aws_as_unhook __aws_as __aws_as_deactivate
}

# What a shell's own part has to undo.
__aws_as_unhook() { :; }

\unalias aws-as aws-as-deactivate 2>/dev/null || :
if (\eval 'function aws-as { :; }') 2>/dev/null; then
  __aws_as_how=function
  \eval 'function aws-as { __aws_as "$@"; }
function aws-as-deactivate { __aws_as_deactivate "$@"; }'
else
  __aws_as_how=alias
  \alias aws-as=__aws_as aws-as-deactivate=__aws_as_deactivate
fi

if \test -n "${ZSH_VERSION-}"; then
  \eval AWS_AS_PART_ZSH
elif \test -n "${BASH_VERSION-}"; then
  \eval AWS_AS_PART_BASH
fi
__aws_as_refresh
