# shellcheck shell=sh
# The functions for every shell of the Bourne family. A backslash before a command keeps a user's alias of that name
# out. `case` stands where others would use `test`, because it is no command and people have functions named test.
# Every name of ours begins with __aws_as, but for the two that a person types.

# Says in __aws_as_ps1 who this shell acts as. Starts no process.
__aws_as_show() {
  case ${AWS_AS_DISABLE_PROMPT:+off}${AWS_AS_IDENTITY:+as} in
    off*) __aws_as_ps1= ;;
    '') __aws_as_ps1='(-) ' ;;
    *)
      case "${AWS_PROFILE:+profile}${AWS_DEFAULT_PROFILE:+profile}=${AWS_ACCESS_KEY_ID-}" in
        "=${AWS_AS_ACCESS_KEY_ID-}") __aws_as_show_name ;;
        *) __aws_as_ps1='(?) ' ;;
      esac
      ;;
  esac
}

__aws_as_show_name() {
  case $AWS_AS_IDENTITY in
    "${__aws_as_of-}") __aws_as_ps1=${__aws_as_shown-} ;;
    # Switched by `eval $(aws-as env NAME)`.
    *[!A-Za-z0-9_+=.,@:/-]*) __aws_as_ps1='?' ;;
    *) __aws_as_ps1=$AWS_AS_IDENTITY ;;
  esac
  # Only a shell that knows the time without a process sets __aws_as_over.
  __aws_as_ps1="($__aws_as_ps1${__aws_as_over:+ expired}) "
  # bash and zsh show it in red in place of the word.
  case ${AWS_AS_MARKS-} in *:protected=*) __aws_as_ps1="${__aws_as_ps1%??} protected) " ;; esac
}

# Puts the reference in front of the prompt, unless it is in it. When we are gone it expands to nothing.
# shellcheck disable=SC2016
__aws_as_fix_ps1() {
  case "${__aws_as_ps1:+shown}${PS1+=}${PS1-}" in
    *'${__aws_as_ps1-}'*) ;;
    # Behind the line end that some prompts begin with.
    'shown=\n'*) PS1='\n${__aws_as_ps1-}'${PS1#'\n'} ;;
    'shown=
'*) PS1='
${__aws_as_ps1-}'${PS1#?} ;;
    shown=*) PS1='${__aws_as_ps1-}'$PS1 ;;
  esac
}

# Takes the reference out of whatever the prompt is by now.
# shellcheck disable=SC2016
__aws_as_unfix_ps1() {
  case ${PS1-} in
    *'${__aws_as_ps1-}'*) PS1=${PS1%%'${__aws_as_ps1-}'*}${PS1#*'${__aws_as_ps1-}'} ;;
  esac
}

# The functions that a shell's own part may define anew: what is done for the prompt after activation and after each
# switch, and what undoes that when we leave.
__aws_as_refresh() {
  __aws_as_show
  __aws_as_fix_ps1
}
__aws_as_unhook() {
  __aws_as_unfix_ps1
}
# Says that a switch held only in a part of a pipe, where the shell can see that.
__aws_as_tell_end() { \:; }

# Starts the very program that made these functions, with its standard output at 3. It hears which version that was, and
# `doctor` tells when they are older than it is; and what it wants to be told of what was displaced.
__aws_as_start() {
  # shellcheck disable=SC2154 # They stand in front of this file.
  AWS_AS_PART_CLEARED AWS_AS_FUNCTIONS=AWS_AS_PART_VERSION AWS_AS_MEMORY="$__aws_as_memory" "$__aws_as_node" "$__aws_as_program" "$@" >&3 3>&-
}

# Asks the program for code, and runs it. The code holds secrets, so a shell that shows its commands, or exports all
# that it sets, does not meanwhile.
__aws_as_run() {
  { __aws_as_hush; } 2>/dev/null
  if __aws_as_ask "$@"; then \set -- 0; else \set -- "$?"; fi
  __aws_as_unhush
  \return "$1"
}
__aws_as_ask() {
  # What a user's traps print between the commands of a substitution is not for us to run.
  __aws_as_code=$({ __aws_as_start switch sh "$@"; } 3>&1 >/dev/null) || \return
  # Only here: bash 3.2 would not give it back after Ctrl-C.
  \set +v
  \eval "$__aws_as_code"
}

# Before a prompt of a shell that knows the time, in seconds: when the credentials are about to end, the program renews them,
# without a question. A try in ten minutes is all that it costs. The program itself says why one has failed, and when to
# try again; where it does not run at all, that was the last one.
__aws_as_renew_by() {
  case "${AWS_PROFILE:+profile}${AWS_DEFAULT_PROFILE:+profile}=${AWS_ACCESS_KEY_ID-}=${AWS_AS_IDENTITY-}=$(($1 >= __aws_as_renew))" in
    "=${AWS_AS_ACCESS_KEY_ID-}=${__aws_as_of-}=1") ;;
    *) \return 0 ;;
  esac
  __aws_as_renew=$(($1 + 600))
  __aws_as_ask --due || case $? in 130) ;; *) __aws_as_renew= ;; esac
  \unset __aws_as_code
}

# Some shells leave a function at once when Ctrl-C ends what it waits for. Then the options of before are still kept.
__aws_as_hush() {
  __aws_as_options=${__aws_as_options-}$-
  \set +x +a
}
__aws_as_unhush() {
  case $__aws_as_options in *a*) \set -a ;; esac
  case $__aws_as_options in *v*) \set -v ;; esac
  case $__aws_as_options in *x*) \set -x ;; esac
  \unset __aws_as_code __aws_as_options
}

# Takes back what we have set where the program cannot, because it is gone, or Node is. What was displaced stays away:
# only the program knows whether it is still in force.
__aws_as_leave_alone() {
  # What a missing program and a missing Node end with.
  case $1 in 1 | 126 | 127) ;; *) \return "$1" ;; esac
  case ${AWS_AS_IDENTITY+as}${AWS_ACCESS_KEY_ID-} in
    "as${AWS_AS_ACCESS_KEY_ID-}") \unset AWS_AS_PART_CREDENTIALS ;;
  esac
  case ${AWS_AS_REGION+in}${AWS_REGION-} in
    "in${AWS_AS_REGION-}") \unset AWS_REGION ;;
  esac
  case ${AWS_AS_REGION+in}${AWS_DEFAULT_REGION-} in
    "in${AWS_AS_REGION-}") \unset AWS_DEFAULT_REGION ;;
  esac
  \unset AWS_AS_PART_MARKS
  \printf '%s\n' 'aws-as: AWS_AS_PART_ALONE' >&2
}

__aws_as() {
  case ${1-} in
    -)
      __aws_as_run "$@" || __aws_as_leave_alone "$?" || \return
      __aws_as_refresh
      \return
      ;;
    # The program understands `-- NAME` itself: a NAME may look like an option. Without a word it lets a person choose.
    '' | -- | -p | --previous | --region* | --limit* | --policy*) ;;
    use) \shift ;;
    # The command has the shell's own environment, and nothing of it is evaluated.
    exec)
      "$__aws_as_node" "$__aws_as_program" "$@"
      \return
      ;;
    renew)
      \shift
      \set -- --renew "$@"
      ;;
    -* | AWS_AS_PART_VERBS)
      __aws_as_start "$@" 3>&1
      \return
      ;;
  esac
  __aws_as_run "$@" || \return
  __aws_as_refresh
  __aws_as_tell_end
}

__aws_as_deactivate() {
  case $#:${1-} in
    0:) __aws_as_run --leave || __aws_as_leave_alone "$?" || \return ;;
    1:--keep-creds) ;;
    *)
      \printf '%s\n' "usage: aws-as-deactivate [--keep-creds]" >&2
      \return 2
      ;;
  esac
  __aws_as_unhook
  case $__aws_as_how in
    function) \unset -f aws-as aws-as-deactivate ;;
    alias) \unalias aws-as aws-as-deactivate 2>/dev/null || \: ;;
    underscore) \unset -f aws_as aws_as_deactivate ;;
  esac
  \unset __aws_as_ps1 __aws_as_how __aws_as_node __aws_as_program __aws_as_memory __aws_as_over __aws_as_shown __aws_as_of
  \unset __aws_as_code __aws_as_options __aws_as_renew AWS_AS_PART_KEPT
  \unset -f __aws_as_show __aws_as_show_name __aws_as_fix_ps1 __aws_as_unfix_ps1 __aws_as_refresh __aws_as_unhook __aws_as_tell_end
  \unset -f __aws_as_hush __aws_as_unhush __aws_as_start __aws_as_run __aws_as_ask __aws_as_renew_by __aws_as_leave_alone __aws_as __aws_as_deactivate
}

# What an earlier activation remembers stays.
__aws_as_memory=${__aws_as_memory-'AWS_AS_PART_MEMORY'}
\unalias aws-as aws-as-deactivate 2>/dev/null || \:
if (\eval 'function aws-as { \:; }') 2>/dev/null; then
  __aws_as_how=function
  \eval 'function aws-as { __aws_as "$@"; }
function aws-as-deactivate { __aws_as_deactivate "$@"; }'
elif \alias aws-as=__aws_as aws-as-deactivate=__aws_as_deactivate 2>/dev/null; then
  __aws_as_how='alias'
else
  # posh has neither, and shows its prompt as it stands: so the prefix itself is put in front of it.
  __aws_as_how=underscore
  aws_as() { __aws_as "$@"; }
  aws_as_deactivate() { __aws_as_deactivate "$@"; }
  __aws_as_refresh() {
    __aws_as_unhook
    __aws_as_show
    case ${PS1+set} in
      set)
        __aws_as_static=$__aws_as_ps1
        PS1=$__aws_as_static$PS1
        ;;
    esac
  }
  __aws_as_unhook() {
    case ${__aws_as_static:+was}${PS1-} in
      was*"${__aws_as_static-}"*) PS1=${PS1%%"$__aws_as_static"*}${PS1#*"$__aws_as_static"} ;;
    esac
    \unset __aws_as_static
  }
  \printf '%s\n' 'aws-as: this shell allows no dash in a name: type aws_as and aws_as_deactivate' >&2
fi

# What only one shell can parse.
# shellcheck disable=SC2154 # The texts stand in front of this file.
case "${ZSH_VERSION:+zsh}${BASH_VERSION:+bash}" in
  zsh*) \eval "$__aws_as_zsh" ;;
  bash*) \eval "$__aws_as_bash" ;;
esac
__aws_as_refresh
