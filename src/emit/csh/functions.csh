# The functions for csh and tcsh. Both have aliases only, and no functions: so each part below, from its label to the
# next, becomes a variable __aws_as_LABEL, whose text is run by `eval`. `start` is run at activation.
#
# What holds everywhere here:
# - One statement on a line, as the lines are joined by `;`. No braces, no `!` but in `!=`, no two blanks in a row,
#   because all of it goes through the backquotes of `eval`.
# - Some people choose `@` or `,` for history in place of `!`. Before a `=` such a character is none.
# - Nothing keeps an alias of a builtin's name out but a condition before it: hence `if (1)`. In backquotes there is `\`.
# - `if` puts variables in before it looks at its condition. What may not exist stands in an `eval` behind it.
# - The program hears in AWS_AS_FUNCTIONS which version made these aliases, and `doctor` tells when they are older.
# - `x` before what is compared: a value could be an operator. `:q` behind a variable keeps it what it is.
# - Each builtin sets the status to 0, and a false `if` does so as well. `&&` hands a failure on.

# What the first word, in __aws_as_word behind an x, asks for: verb (also no word, an option, a redirection) or name.
# Without a word it lets a person choose.
sort:
if (1) set __aws_as_kind=name
if ($__aws_as_word:q =~ x-?* || $__aws_as_word:q =~ x[\<\>]*) set __aws_as_kind=verb
if ($__aws_as_word:q == x-- || $__aws_as_word:q == x-p || $__aws_as_word:q == x--previous) set __aws_as_kind=name
if ($__aws_as_word:q =~ x--region* || $__aws_as_word:q =~ x--limit* || $__aws_as_word:q =~ x--policy*) set __aws_as_kind=name
if (AWS_AS_PART_VERBS) set __aws_as_kind=verb

# What did not look like a verb when it was typed: __aws_as_words hold what the words came to.
run:
if (1) set __aws_as_word=x
if ($#__aws_as_words) eval 'if (1) set __aws_as_word=x$__aws_as_words[1]:q'
if (1) eval $__aws_as_sort:q
if ($__aws_as_kind == verb) set __aws_as_kind=call
if ($__aws_as_kind == name && $__aws_as_word:q == xuse) shift __aws_as_words
if ($__aws_as_kind == name && $__aws_as_word:q == xrenew) set __aws_as_words[1]=--renew
if ($__aws_as_kind == name && $__aws_as_word:q == x-) set __aws_as_kind=nobody
if ($__aws_as_kind == call) env $__aws_as_call:q $__aws_as_program:q $__aws_as_words:q \
  && if ($__aws_as_kind == name) eval `\env $__aws_as_clear:q AWS_AS_MEMORY=$__aws_as_memory:q $__aws_as_program:q switch csh $__aws_as_words:q` \
  && if ($__aws_as_kind == nobody) eval $__aws_as_nobody:q \
  && if ($__aws_as_kind != call) eval $__aws_as_show:q

nobody:
if (1) eval `\env $__aws_as_clear:q AWS_AS_MEMORY=$__aws_as_memory:q $__aws_as_program:q switch csh $__aws_as_words:q` \
  || if (1) eval $__aws_as_alone:q

last:
if (1) eval `\env $__aws_as_clear:q AWS_AS_MEMORY=$__aws_as_memory:q $__aws_as_program:q switch csh --leave` \
  || if (1) eval $__aws_as_alone:q

# Takes back what we have set where the program cannot, because it is gone, or Node is. What was displaced stays away: only
# the program knows whether it is still in force.
alone:
if ($?AWS_ACCESS_KEY_ID && $?AWS_AS_ACCESS_KEY_ID) \
  eval 'if (x$AWS_ACCESS_KEY_ID:q == x$AWS_AS_ACCESS_KEY_ID:q) eval $__aws_as_drop:q'
if ($?AWS_REGION && $?AWS_AS_REGION) eval 'if (x$AWS_REGION:q == x$AWS_AS_REGION:q) unsetenv AWS_REGION'
if ($?AWS_DEFAULT_REGION && $?AWS_AS_REGION) \
  eval 'if (x$AWS_DEFAULT_REGION:q == x$AWS_AS_REGION:q) unsetenv AWS_DEFAULT_REGION'
AWS_AS_PART_MARKS
if (1) sh -c 'echo "aws-as: AWS_AS_PART_ALONE" >&2'

drop:
AWS_AS_PART_CREDENTIALS

# Says in __aws_as_ps1 who this shell acts as, and sees to it that the prompt shows it. Starts no process.
show:
if ($?tcsh && $?tty && $?__aws_as_renew && $?__aws_as_of && $?AWS_AS_IDENTITY && $?AWS_ACCESS_KEY_ID && $?AWS_AS_ACCESS_KEY_ID) \
  eval $__aws_as_due:q
if (1) set __aws_as_ps1='(-) '
if ($?AWS_AS_IDENTITY) eval 'if (x$AWS_AS_IDENTITY:q != x) eval $__aws_as_name:q'
if (1) set __aws_as_off=x
if ($?AWS_AS_DISABLE_PROMPT) eval 'if (1) set __aws_as_off=x$AWS_AS_DISABLE_PROMPT:q'
if ($__aws_as_off:q != x) set __aws_as_ps1=
if ($?prompt && $?tcsh && $__aws_as_off:q == x) eval 'if ($#prompt) eval $__aws_as_refer:q'
if ($?prompt && $?tcsh == 0) eval 'if ($#prompt) eval $__aws_as_write:q'

# tcsh, before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten
# minutes is all that it costs. The program itself says why one has failed, and when to try again; where it does not run
# at all, that was the last one.
due:
if (1) set __aws_as_wish=$__aws_as_renew:q
if ($?AWS_AS_RENEW) eval 'if (x$AWS_AS_RENEW:q == x0) set __aws_as_wish='
if ($?AWS_PROFILE) eval 'if (x$AWS_PROFILE:q != x) set __aws_as_wish='
if ($?AWS_DEFAULT_PROFILE) eval 'if (x$AWS_DEFAULT_PROFILE:q != x) set __aws_as_wish='
if (x$AWS_AS_IDENTITY:q != x$__aws_as_of:q || x$AWS_ACCESS_KEY_ID:q != x$AWS_AS_ACCESS_KEY_ID:q) set __aws_as_wish=
if (x$__aws_as_wish:q != x) eval $__aws_as_wait:q

wait:
if ((-M /dev/$tty:q) >= $__aws_as_renew || (-A /dev/$tty:q) >= $__aws_as_renew) eval $__aws_as_try:q

try:
if (1) @ __aws_as_renew = (-M /dev/$tty:q) + 600
if (1) eval `\env $__aws_as_clear:q AWS_AS_MEMORY=$__aws_as_memory:q $__aws_as_program:q switch csh --due` \
  || if ($status != 130) set __aws_as_renew=

# The same where there is an identity.
name:
if (1) set __aws_as_shows='?'
if ((x$AWS_AS_IDENTITY:q =~ *[^A-Za-z0-9_+.:/@=,=-]*) == 0) set __aws_as_shows=$AWS_AS_IDENTITY:q
if ($?__aws_as_of) eval 'if (x$AWS_AS_IDENTITY:q == x$__aws_as_of:q) set __aws_as_shows=$__aws_as_shown:q'
if ($?AWS_AS_MARKS) eval 'if (x$AWS_AS_MARKS:q =~ *:protected=*) set __aws_as_shows=$__aws_as_shows:q" protected"'
if (1) set __aws_as_ps1='('$__aws_as_shows:q') '
if ($?tcsh && $?tty && $?__aws_as_key && $?__aws_as_until && $?AWS_ACCESS_KEY_ID) eval $__aws_as_expire:q
if ($?AWS_ACCESS_KEY_ID != $?AWS_AS_ACCESS_KEY_ID) set __aws_as_ps1='(?) '
if ($?AWS_ACCESS_KEY_ID && $?AWS_AS_ACCESS_KEY_ID) \
  eval 'if (x$AWS_ACCESS_KEY_ID:q != x$AWS_AS_ACCESS_KEY_ID:q) set __aws_as_ps1="(?) "'
if ($?AWS_PROFILE) eval 'if (x$AWS_PROFILE:q != x) set __aws_as_ps1="(?) "'
if ($?AWS_DEFAULT_PROFILE) eval 'if (x$AWS_DEFAULT_PROFILE:q != x) set __aws_as_ps1="(?) "'

# tcsh has no clock, but knows when its terminal was last written to and read from, to a few seconds.
expire:
if (x$AWS_ACCESS_KEY_ID:q == x$__aws_as_key:q \
  && ((-M /dev/$tty:q) >= $__aws_as_until || (-A /dev/$tty:q) >= $__aws_as_until)) \
  set __aws_as_ps1='('$__aws_as_shows:q' expired) '

# tcsh: a reference in front of the prompt, which shows nothing when we are gone.
refer:
if ((x$prompt[1]:q =~ x*$__aws_as_reference:q*) == 0) set prompt=$__aws_as_reference:q$prompt[1]:q

# csh has neither hooks nor references: the text itself stands before the prompt, which is the user's own again when
# it is no longer what we wrote.
write:
if ($?__aws_as_written == 0) set __aws_as_written=
if (x$prompt[1]:q != x$__aws_as_written:q) set __aws_as_prompt=$prompt[1]:q
if (1) set __aws_as_written=$__aws_as_ps1:q$__aws_as_prompt:q
if (1) set prompt=$__aws_as_written:q

leave:
if (1) set __aws_as_kind=usage
if ($#__aws_as_words == 0) set __aws_as_kind=leave
if ($#__aws_as_words == 1) eval 'if (x$__aws_as_words[1]:q == x--keep-creds) set __aws_as_kind=keep'
if ($__aws_as_kind == usage) sh -c 'echo "usage: aws-as-deactivate [--keep-creds]" >&2; exit 2' \
  && if ($__aws_as_kind == leave) eval $__aws_as_last:q \
  && if (1) eval $__aws_as_remove:q

remove:
if ($?prompt && $?tcsh) eval 'if ($#prompt) set prompt=$prompt[1]:s/%$__aws_as_ps1%b//:q'
if ($?prompt && $?__aws_as_written) eval 'if (x$prompt[1]:q == x$__aws_as_written:q) set prompt=$__aws_as_prompt:q'
if ($?tcsh) eval $__aws_as_unhook:q
if ($?tcsh) eval $__aws_as_uncomplete:q
unalias aws-as
unalias aws-as-deactivate
if (x$__aws_as_former:q != x) alias aws-as $__aws_as_former:q
if (x$__aws_as_former_deactivate:q != x) alias aws-as-deactivate $__aws_as_former_deactivate:q
if (1) unset __aws_as_*

# tcsh: behind what precmd does already, so that it finds the status of the last command, and its prompt the reference.
# When we are gone, a copy of it that somebody puts back does nothing.
hook:
if (1) set __aws_as_precmd="`alias precmd`"
if (x$__aws_as_precmd:q == x) alias precmd $__aws_as_refresh:q
if (x$__aws_as_precmd:q != x && (x$__aws_as_precmd:q =~ x*__aws_as_show*) == 0) \
  alias precmd $__aws_as_precmd:q"; "$__aws_as_refresh:q

refresh:
if ($?__aws_as_show) eval 'if (1) eval $__aws_as_show:q'

# tcsh: what precmd is by now, without our part.
unhook:
if (1) set __aws_as_precmd="`alias precmd`"
if (1) set __aws_as_precmd="$__aws_as_precmd:s/; if ($?__aws_as_show) eval 'if (1) eval $__aws_as_show:q'//:q"
if (1) set __aws_as_precmd="$__aws_as_precmd:s/if ($?__aws_as_show) eval 'if (1) eval $__aws_as_show:q'//:q"
if (x$__aws_as_precmd:q == x) unalias precmd
if (x$__aws_as_precmd:q != x) alias precmd $__aws_as_precmd:q

# Without a character for history, aliases get no words.
start:
if (1) set __aws_as_history=\!
if ($?histchars) eval 'if (1) set __aws_as_history=`\printf %.1s $histchars:q`'
if (x$__aws_as_history:q != x) eval $__aws_as_install:q
if (x$__aws_as_history:q == x) eval $__aws_as_refuse:q

refuse:
if ($?__aws_as_former == 0) unset __aws_as_*
if (1) sh -c 'echo "aws-as: error: csh gives its aliases no words while histchars is empty" >&2; exit 1'

# In the alias, words that begin with a plain verb stay as they were typed, with redirections and all. `:x` takes words
# without what they stand for, so that nothing is run or looked up twice. An alias of several statements would come apart
# behind `&&`, `||` and `if`, so it is one.
install:
if ($?__aws_as_memory == 0) set __aws_as_memory=AWS_AS_PART_MEMORY
if (1) set __aws_as_reference='%$__aws_as_ps1%b'
if ($?__aws_as_former == 0) set __aws_as_former="`alias aws-as`"
if ($?__aws_as_former_deactivate == 0) set __aws_as_former_deactivate="`alias aws-as-deactivate`"
alias aws-as 'if (1) set __aws_as_typed=('$__aws_as_history:q'*:x "")' \
  '&& if (1) set __aws_as_word=x$__aws_as_typed[1]:q' \
  '&& if (1) eval $__aws_as_sort:q' \
  '&& if ($__aws_as_kind == name) set __aws_as_words=('$__aws_as_history:q'*)' \
  '&& if ($__aws_as_kind == name) eval $__aws_as_run:q' \
  '&& if ($__aws_as_kind == verb) env $__aws_as_call:q $__aws_as_program:q' $__aws_as_history:q'*'
alias aws-as-deactivate 'if (1) set __aws_as_words=('$__aws_as_history:q'*)' \
  '&& if (1) eval $__aws_as_leave:q'
if ($?tcsh && $?prompt) eval $__aws_as_hook:q
if ($?tcsh && $?prompt) eval $__aws_as_complete:q
if ($?prompt) eval $__aws_as_show:q
