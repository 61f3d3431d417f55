# What the functions for elvish do with the line editor. In a text of its own, because a script that only mentions the
# editor does not compile.

# Activated before: that one goes, and what it has kept stays. The map of completers is the one place that evaluated code
# and functions share, and from which a function can take away what is ours.
if (has-key $edit:completion:arg-completer __aws_as) {
  set kept = ($edit:completion:arg-completer[__aws_as])
}

# People wrap the prompt by a function that calls the former one. Then we are in there twice, and only the outermost
# speaks. When we are gone, nobody does.
var is-here = $true
var is-within = $false
fn around {|own|
  put {
    if (and $is-here (not $is-within)) {
      set is-within = $true
      try {
        prefix
        $own
      } finally {
        set is-within = $false
      }
    } else {
      $own
    }
  }
}

var original = $edit:prompt
var ours = (around $original)
fn wrap {
  renew-due
  if (not (is $edit:prompt $ours)) {
    set original = $edit:prompt
    set ours = (around $original)
    set edit:prompt = $ours
  }
}

# What stands before a TAB. elvish chooses and quotes. A completion of the user's own stays.
fn complete {|@words|
  start [] [complete elvish $@words] | from-lines | each {|line|
    var @parts = (str:split "\t" $line)
    if (== (count $parts) 1) {
      put $line
    } else {
      edit:complex-candidate $parts[0] &display=$parts[0]' ('$parts[1]')'
    }
  }
}
var completed = [aws-as aws-as-deactivate]

fn unwrap {
  set is-here = $false
  if (is $edit:prompt $ours) { set edit:prompt = $original }
  set edit:before-readline = [(for hook $edit:before-readline { if (not (is $hook $wrap~)) { put $hook } })]
  for name $completed {
    if (and (has-key $edit:completion:arg-completer $name) (is $edit:completion:arg-completer[$name] $complete~)) {
      del edit:completion:arg-completer[$name]
    }
  }
  del edit:completion:arg-completer[__aws_as]
  for name $completed {
    if (and (has-key $edit:completion:arg-completer $name) (is $edit:completion:arg-completer[$name] $complete~)) {
      del edit:completion:arg-completer[$name]
    }
  }
}

set leave = {
  unwrap
  edit:del-vars [aws-as~ aws-as-deactivate~]
}

set edit:prompt = $ours
set edit:before-readline = [$@edit:before-readline $wrap~]
for name $completed {
  if (not (has-key $edit:completion:arg-completer $name)) { set edit:completion:arg-completer[$name] = $complete~ }
}
set edit:completion:arg-completer[__aws_as] = {|@_|
  unwrap
  put $kept
}
edit:add-vars [&aws-as~=$aws-as~ &aws-as-deactivate~=$aws-as-deactivate~]
