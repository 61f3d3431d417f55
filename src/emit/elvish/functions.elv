# The functions for elvish. What the program says is data, and none of it is run. Scripts have no line editor; there the
# two functions are what `eval` hands to `&on-end`.
use re
use str

var program = (external AWS_AS_PART_PROGRAM)
var kept = [&]
var note = [AWS_AS_PART_NOTES]

fn value-of {|name|
  if (has-env $name) { get-env $name } else { put '' }
}

# Who this shell acts as. Starts no process. elvish has no clock, so nothing is said about an end.
fn prefix {
  var name = (value-of AWS_AS_IDENTITY)
  if (not-eq (value-of AWS_AS_DISABLE_PROMPT) '') {
    put ''
  } elif (eq $name '') {
    put '(-) '
  } elif (or (not-eq (value-of AWS_ACCESS_KEY_ID) (value-of AWS_AS_ACCESS_KEY_ID)) (not-eq (value-of AWS_PROFILE)(value-of AWS_DEFAULT_PROFILE) '')) {
    put '(?) '
  } elif (and (has-key $note of) (eq $name $note[of])) {
    put '('$note[shown]') '
  } elif (re:match '^[A-Za-z0-9_+=.,@:/-]+$' $name) {
    # Switched by `eval (aws-as env NAME --shell elvish | slurp)`.
    put '('$name') '
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
}

# A failing program ends this, and whatever called it, with an exception.
fn switch {|@words|
  var answer = ($program switch elvish $@words | slurp)
  carry-out (print $answer | from-json)
}

fn aws-as {|@words|
  var first = (if (eq $words []) { put '' } else { put $words[0] })
  if (eq $first use) {
    switch (all $words[1..])
  } elif (has-value [- --] $first) {
    switch $@words
  } elif (or (has-value ['' AWS_AS_PART_VERBS] $first) (str:has-prefix $first -)) {
    # The program hears which version made these functions, and `doctor` tells when they are older than it is.
    # By env, since elvish runs no `finally` after Ctrl-C, and the variable would stay in the shell.
    if (has-external env) {
      e:env AWS_AS_FUNCTIONS=AWS_AS_PART_VERSION AWS_AS_PART_PROGRAM $@words
    } else {
      $program $@words
    }
  } else {
    switch $@words
  }
}

# Set anew where there is a line editor.
var leave = { }

fn aws-as-deactivate {|@words|
  if (eq $words []) {
    switch --leave
  } elif (not-eq $words [--keep-creds]) {
    fail 'usage: aws-as-deactivate [--keep-creds]'
  }
  $leave
}

# Evaluated here and not in a block, whose names would be all that it knows.
eval (if ?(eval 'nop $edit:prompt') { put AWS_AS_PART_EDITOR } else { put '' })
