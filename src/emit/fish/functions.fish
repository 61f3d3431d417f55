# The functions for fish. `builtin` keeps a user's functions of the same names out, where fish allows such functions.
# Every name of ours begins with __aws_as, but for the two that a person types. Each line becomes a statement.

# Prints who this shell acts as. Starts no process.
function __aws_as_show
    test -z "$AWS_AS_DISABLE_PROMPT"; or return
    set -l name "$AWS_AS_IDENTITY"
    if test -z "$name"
        set name -
    else if test "$AWS_ACCESS_KEY_ID" != "$AWS_AS_ACCESS_KEY_ID"; or test -n "$AWS_PROFILE$AWS_DEFAULT_PROFILE"
        set name '?'
    else
        # If not by these functions, it was switched by `aws-as env NAME --shell fish | source`.
        if test "$name" = "$__aws_as_of"
            set name $__aws_as_shown
        else if not string match -qr '^[A-Za-z0-9_+=.,@:/-]+$' -- $name
            set name '?'
        end
        if set -q __aws_as_key; and test "$AWS_ACCESS_KEY_ID" = "$__aws_as_key"; and builtin --query path
            # fish has no clock, but knows when a folder was changed, and how long ago that was.
            test (builtin math (builtin path mtime /) + (builtin path mtime -R /)) -lt "$__aws_as_until"; or set name "$name expired"
        end
    end
    builtin printf '(%s) ' $name
end

function __aws_as_run
    set -l code (AWS_AS_PART_PROGRAM switch fish $argv)
    set -l failed $status
    test $failed -eq 0; or return $failed
    eval $code
end

function aws-as
    switch "$argv[1]"
        case - --
        case use
            set -e argv[1]
        case '' '-*' AWS_AS_PART_VERBS
            # The program hears which version made these functions, and `doctor` tells when they are older than it is.
            AWS_AS_FUNCTIONS=AWS_AS_PART_VERSION AWS_AS_PART_PROGRAM $argv
            return
    end
    __aws_as_run $argv
end

function aws-as-deactivate
    switch "$argv"
        case ''
            __aws_as_run --leave; or return
        case --keep-creds
        case '*'
            echo 'usage: aws-as-deactivate [--keep-creds]' >&2
            return 2
    end
    __aws_as_uncomplete
    builtin functions -e fish_mode_prompt
    if test -e "$__aws_as_mode_prompt_file"
        builtin source $__aws_as_mode_prompt_file
    else if builtin functions -q __aws_as_mode_prompt
        builtin functions -c __aws_as_mode_prompt fish_mode_prompt
    end
    set -e -g (set -g -n | string match -r '^__aws_as.*')
    builtin functions -e (builtin functions -a -n | string split , | string match -r '^ *__aws_as.*' | string trim) aws-as aws-as-deactivate
    return 0
end

# The prompt: what fish_mode_prompt prints stands before the prompt in every key mode, and nobody puts a copy of it back.
if not builtin functions -q __aws_as_mode_prompt
    if builtin functions -q fish_mode_prompt
        # Erased functions are not loaded again, so one from a file of its own is to be read from there.
        set -g __aws_as_mode_prompt_file (builtin functions --details fish_mode_prompt | string match '*/fish_mode_prompt.fish')
        builtin functions -c fish_mode_prompt __aws_as_mode_prompt
    else
        function __aws_as_mode_prompt
        end
    end
end
function fish_mode_prompt
    __aws_as_show
    __aws_as_mode_prompt
end
