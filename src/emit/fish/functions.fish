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
        set -l end (string match -r '^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+).*Z$' -- "$AWS_CREDENTIAL_EXPIRATION")
        if set -q end[1]; and builtin --query path
            # Days since 1970, counted in years that begin with March.
            set -l early (builtin math "floor((14 - $end[3]) / 12)")
            set -l year (builtin math "$end[2] - $early")
            set -l days (builtin math "$end[4] + floor((153 * ($end[3] + 12 * $early - 3) + 2) / 5) + 365 * $year + floor($year / 4) - floor($year / 100) + floor($year / 400) - 719469")
            test (__aws_as_now) -lt (builtin math "86400 * $days + 3600 * $end[5] + 60 * $end[6] + $end[7]"); or set name "$name expired"
        end
    end
    if string match -q '*:protected=*' -- "$AWS_AS_MARKS"; and test "$name" != -; and test "$name" != '?'
        if test -z "$NO_COLOR"; and test "$TERM" != dumb
            builtin printf '%s(%s)%s ' (set_color red) $name (set_color normal)
            return
        end
        set name "$name protected"
    end
    builtin printf '(%s) ' $name
end

# Seconds since 1970. fish has no clock, but knows when a folder was changed, and how long ago that was.
function __aws_as_now
    builtin math (builtin path mtime /) + (builtin path mtime -R /)
end

# Before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten
# minutes is all that it costs. The program itself says why one has failed, and when to try again; where it does not run at all, that
# was the last one.
function __aws_as_renew --on-event fish_prompt
    test -n "$__aws_as_renew"; and test "$AWS_AS_RENEW" != 0; and builtin --query path; or return
    test "$AWS_AS_IDENTITY" = "$__aws_as_of"; and test "$AWS_ACCESS_KEY_ID" = "$AWS_AS_ACCESS_KEY_ID"; or return
    set -l now (__aws_as_now)
    test $now -ge $__aws_as_renew; and test -z "$AWS_PROFILE$AWS_DEFAULT_PROFILE"; or return
    set -g __aws_as_renew (builtin math $now + 600)
    __aws_as_run --due
    contains $status 0 130; or set -g __aws_as_renew
end

function __aws_as_run
    set -l code (AWS_AS_PART_CLEARED AWS_AS_MEMORY="$__aws_as_memory" AWS_AS_PART_NODE switch fish $argv)
    set -l failed $status
    test $failed -eq 0; or return $failed
    eval $code
    # Nothing hides an exported universal variable from programs.
    for name in AWS_PROFILE AWS_DEFAULT_PROFILE
        if set -q AWS_AS_IDENTITY; and set -qUx $name; and test -n "$$name"
            echo "aws-as: warning: $name is a universal variable of fish, and wins over the switch: set -eU $name" >&2
        end
    end
end

# Takes back what we have set where the program cannot, because it is gone, or Node is. What was displaced stays away:
# only the program knows whether it is still in force.
function __aws_as_leave_alone
    set -l failed $status
    # What a missing program and a missing Node end with.
    contains $failed 1 126 127; or return $failed
    if set -q AWS_AS_IDENTITY; and test "$AWS_ACCESS_KEY_ID" = "$AWS_AS_ACCESS_KEY_ID"
        set -e -g AWS_AS_PART_CREDENTIALS
    end
    for name in AWS_AS_PART_REGIONS
        if set -q AWS_AS_REGION; and test "$$name" = "$AWS_AS_REGION"
            set -e -g $name
        end
    end
    set -e -g AWS_AS_PART_MARKS
    echo 'aws-as: AWS_AS_PART_ALONE' >&2
end

function aws-as
    switch "$argv[1]"
        case -
            __aws_as_run $argv; or __aws_as_leave_alone
            return
        # Without a word it lets a person choose.
        case '' -- -p --previous --region --limit --policy '--region=*' '--limit=*' '--policy=*'
        case use
            set -e argv[1]
        case exec
            # The command has the shell's own environment, and nothing of it is evaluated.
            AWS_AS_PART_NODE $argv
            return
        case renew
            set argv[1] --renew
        case '-*' AWS_AS_PART_VERBS
            # The program hears which version made these functions, and `doctor` tells when they are older than it is.
            AWS_AS_PART_CLEARED AWS_AS_FUNCTIONS=AWS_AS_PART_VERSION AWS_AS_PART_NODE $argv
            return
    end
    __aws_as_run $argv
end

function aws-as-deactivate
    switch "$argv"
        case ''
            __aws_as_run --leave; or __aws_as_leave_alone; or return
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

# What an earlier activation remembers stays.
set -q __aws_as_memory; or set -g __aws_as_memory 'AWS_AS_PART_MEMORY'

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
