# The functions for elvish. What the program says is data, and none of it is run. Scripts have no line editor; there the
# two functions are what `eval` hands to `&on-end`.
use re
use str

# By env, since elvish runs no `finally` after Ctrl-C, and a variable that was set for a while would stay in the shell.
fn start {|settings words|
  if (has-external env) {
    e:env AWS_AS_PART_CLEARED $@settings AWS_AS_PART_PROGRAM $@words
  } else {
    (external AWS_AS_PART_NODE) AWS_AS_PART_SCRIPT $@words
  }
}

# Under `memory` stands what the program wants to be told with the next switch.
var kept = [&memory='AWS_AS_PART_MEMORY']
var note = [AWS_AS_PART_NOTES]

fn value-of {|name|
  if (has-env $name) { get-env $name } else { put '' }
}

fn shown {|name|
  if (not (str:contains (value-of AWS_AS_MARKS) ':protected=')) {
    put '('$name') '
  } elif (eq (value-of NO_COLOR) '') {
    styled '('$name') ' red
  } else {
    put '('$name' protected) '
  }
}

# The seconds since 1970. elvish has no clock, and a process for each prompt is too much; Linux tells in files. Elsewhere 0.
fn now {
  try {
    var @_ stat = (str:split "\nbtime " (slurp < /proc/stat))
    var boot @_ = (str:split "\n" $stat)
    var up @_ = (str:split . (slurp < /proc/uptime))
    + $boot $up
  } catch _ {
    put 0
  }
}

# Of the credentials that the notes are about.
fn expired {
  and (has-key $note until) (eq $note[key] (value-of AWS_ACCESS_KEY_ID)) (>= (now) $note[until])
}

# Who this shell acts as. Starts no process.
fn prefix {
  var name = (value-of AWS_AS_IDENTITY)
  if (not-eq (value-of AWS_AS_DISABLE_PROMPT) '') {
    put ''
  } elif (eq $name '') {
    put '(-) '
  } elif (or (not-eq (value-of AWS_ACCESS_KEY_ID) (value-of AWS_AS_ACCESS_KEY_ID)) (not-eq (value-of AWS_PROFILE)(value-of AWS_DEFAULT_PROFILE) '')) {
    put '(?) '
  } elif (and (has-key $note of) (eq $name $note[of])) {
    shown $note[shown](if (expired) { put ' expired' } else { put '' })
  } elif (re:match '^[A-Za-z0-9_+=.,@:/-]+$' $name) {
    # Switched by `eval (aws-as env NAME --shell elvish | slurp)`.
    shown $name
  } else {
    put '(?) '
  }
}

fn carry-out {|changes|
  for name $changes[keep] { set kept[$name] = (get-env $name) }
  for name $changes[forget] { del kept[$name] }
  for name $changes[unset] { unset-env $name }
  for name [(keys $changes[set])] { set-env $name $changes[set][$name] }
  for name $changes[restore] {
    if (has-key $kept $name) {
      set-env $name $kept[$name]
      del kept[$name]
    }
  }
  for name [(keys $changes[note])] { set note[$name] = $changes[note][$name] }
  if (has-key $note memory) { set kept[memory] = $note[memory] }
}

# A failing program ends this, and whatever called it, with an exception.
fn switch {|@words|
  var answer = (start [AWS_AS_MEMORY=$kept[memory]] [switch elvish $@words] | slurp)
  carry-out (print $answer | from-json)
}

# Before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten minutes is
# all that it costs. The program itself says why one has failed, and when to try again; where it does not run at all, that
# was the last one.
fn renew-due {
  if (or (not (has-key $note renew)) (eq $note[renew] '') (eq (value-of AWS_AS_RENEW) 0)) { return }
  if (not-eq (value-of AWS_PROFILE)(value-of AWS_DEFAULT_PROFILE) '') { return }
  if (not-eq (value-of AWS_ACCESS_KEY_ID) (value-of AWS_AS_ACCESS_KEY_ID)) { return }
  if (not-eq (value-of AWS_AS_IDENTITY) $note[of]) { return }
  var now = (now)
  if (< $now $note[renew]) { return }
  set note[renew] = (to-string (+ $now 600))
  try {
    switch --due
  } catch error {
    var status = 1
    try { set status = $error[reason][exit-status] } catch _ { }
    if (!= $status 130) { set note[renew] = '' }
  }
}

# The same for what leads to nobody, where the program may be gone, or Node: then what we have set is taken back here. What
# was displaced stays away: only the program knows whether it is still in force.
fn switch-back {|word|
  try {
    switch $word
  } catch error {
    var status = 127
    try { set status = $error[reason][exit-status] } catch _ { }
    # What a missing program and a missing Node end with.
    if (not (has-value [1 126 127] $status)) { fail $error }
    if (and (has-env AWS_AS_IDENTITY) (eq (value-of AWS_ACCESS_KEY_ID) (value-of AWS_AS_ACCESS_KEY_ID))) {
      for name [AWS_AS_PART_CREDENTIALS] { unset-env $name }
    }
    for name [AWS_AS_PART_REGIONS] {
      if (and (has-env AWS_AS_REGION) (eq (value-of $name) (value-of AWS_AS_REGION))) { unset-env $name }
    }
    for name [AWS_AS_PART_MARKS] { unset-env $name }
    echo 'aws-as: AWS_AS_PART_ALONE' >&2
  }
}

fn aws-as {|@words|
  var first = (if (eq $words []) { put '' } else { put $words[0] })
  if (eq $first use) {
    switch (all $words[1..])
  } elif (eq $first renew) {
    switch --renew (all $words[1..])
  } elif (eq $words [-]) {
    switch-back -
  } elif (re:match '^(|--?|-p|--previous|--(region|limit|policy)(=.*)?)$' $first) {
    # Without a word it lets a person choose.
    switch $@words
  } elif (eq exec $first) {
    # The command has the shell's own environment, and nothing of it is evaluated.
    (external AWS_AS_PART_NODE) AWS_AS_PART_SCRIPT $@words
  } elif (or (has-value [AWS_AS_PART_VERBS] $first) (str:has-prefix $first -)) {
    # The program hears which version made these functions, and `doctor` tells when they are older than it is.
    start [AWS_AS_FUNCTIONS=AWS_AS_PART_VERSION] $words
  } else {
    switch $@words
  }
}

# Set anew where there is a line editor.
var leave = { }

fn aws-as-deactivate {|@words|
  if (eq $words []) {
    switch-back --leave
  } elif (not-eq $words [--keep-creds]) {
    fail 'usage: aws-as-deactivate [--keep-creds]'
  }
  $leave
}

# Evaluated here and not in a block, whose names would be all that it knows.
eval (if ?(eval 'nop $edit:prompt') { put AWS_AS_PART_EDITOR } else { put '' })
