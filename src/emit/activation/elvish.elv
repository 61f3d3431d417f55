# The functions for elvish. What the program says is data, and none of it is run. A variable of the shell cannot be
# taken away by a function: after leaving, both names stand for the programs of that name again.
use re
use str

var program = (external AWS_AS_PART_PROGRAM)
var verbs = [AWS_AS_PART_VERBS]
var kept = [&]
var note = [AWS_AS_PART_NOTES]

# Activated before: its prompt goes, what it has kept stays. The map of completers is the one place that evaluated code
# and functions share, and from which a function can take away what is ours.
if (has-key $edit:completion:arg-completer __aws_as) {
  set kept = ($edit:completion:arg-completer[__aws_as])
}

fn value-of {|name|
  if (has-env $name) { get-env $name } else { put '' }
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
    put '('$note[shown]') '
  } elif (re:match '^[A-Za-z0-9_+=.,@:/-]+$' $name) {
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

fn switch {|@words|
  var answer = ($program switch elvish $@words | slurp)
  carry-out (print $answer | from-json)
}

var original = $edit:prompt
var ours = { prefix; $original }
fn wrap {
  if (not (is $edit:prompt $ours)) {
    set original = $edit:prompt
    set edit:prompt = $ours
  }
}
fn pause {
  if (is $edit:prompt $ours) { set edit:prompt = $original }
  set edit:before-readline = [(for each $edit:before-readline { if (not (is $each $wrap~)) { put $each } })]
}

fn aws-as {|@words|
  var first = ''
  if (> (count $words) 0) { set first = $words[0] }
  if (or (has-value $verbs $first) (re:match '^(-..*)?$' $first)) {
    if (not-eq $first --) {
      $program $@words
      return
    }
  }
  if (eq $first use) { set words = $words[1..] }
  switch $@words
}

fn aws-as-deactivate {|@words|
  if (eq $words []) {
    switch --leave
  } elif (not-eq $words [--keep-creds]) {
    echo 'usage: aws-as-deactivate [--keep-creds]' >&2
    fail 'wrong usage'
  }
  pause
  edit:add-var aws-as~ (external aws-as)
  edit:add-var aws-as-deactivate~ (external aws-as-deactivate)
  del edit:completion:arg-completer[__aws_as]
}

set edit:before-readline = [$@edit:before-readline $wrap~]
wrap
edit:add-var aws-as~ $aws-as~
edit:add-var aws-as-deactivate~ $aws-as-deactivate~
set edit:completion:arg-completer[__aws_as] = {|@_|
  pause
  put $kept
}
