# The functions for nushell. It evaluates no text, but for hooks that are strings: they are run once, before the next
# prompt, as if they had been typed. A person may also keep this text in a file and `source` it, so nothing in it tells
# of the moment it was written.
#
# $env.__aws_as is all that we remember. A record is not handed to programs, so a shell started from this one begins anew.
#   kept: values of environment variables that a switch displaced, by name
#   prompt: the prompt around which ours stands; null where there was none
#   wrapper: our prompt, to know it by
#   hook: what runs before each prompt

# A closure that shows the prefix in front of the given prompt. Other tools wrap it in turn and keep the copy: then
# we are in there twice, and only the outermost speaks. When we are gone, nobody does.
def __aws_as_wrapper [prompt: any] {
  {||
    let prefix = if ("__aws_as" in $env) and ("__aws_as_within" not-in $env) { __aws_as_prefix } else { "" }
    let text = with-env { __aws_as_within: {} } {
      if ($prompt | describe) == "closure" {
        do $prompt
      } else if $prompt == null {
        $env.PWD
      } else {
        $prompt
      }
    }
    $"($prefix)($text)"
  }
}

# Who this shell acts as. Starts no process, and looks only at the environment.
def __aws_as_prefix [] {
  if ($env.AWS_AS_DISABLE_PROMPT? | default "") != "" {
    ""
  } else if ($env.AWS_AS_IDENTITY? | default "") == "" {
    "(-) "
  } else if ($env.AWS_ACCESS_KEY_ID? | default "") != ($env.AWS_AS_ACCESS_KEY_ID? | default "") {
    "(?) "
  } else if ($env.AWS_PROFILE? | default "") != "" or ($env.AWS_DEFAULT_PROFILE? | default "") != "" {
    "(?) "
  } else {
    let name = $env.AWS_AS_IDENTITY | str replace --all --regex '[^A-Za-z0-9_+=.,@:/-]' "_"
    let over = try { ($env.AWS_CREDENTIAL_EXPIRATION? | into datetime) <= (date now) } catch { false }
    if $over { $"\(($name) expired) " } else { $"\(($name)) " }
  }
}

# The prompt without ours, as it is by now.
def __aws_as_own_prompt [] {
  let prompt = $env.PROMPT_COMMAND?
  if "__aws_as" in $env and $prompt == $env.__aws_as.wrapper { $env.__aws_as.prompt } else { $prompt }
}

# The hooks without ours. Strings have done their work: this text itself, or a departure that was overtaken.
def __aws_as_own_hooks [] {
  let hook = $env.__aws_as?.hook?
  $env.config.hooks.pre_prompt | where {|each|
    $each != $hook and (($each | describe) != "string" or not ($each | str contains "__aws_as_"))
  }
}

def --env __aws_as_wrap [prompt: any] {
  let wrapper = __aws_as_wrapper $prompt
  $env.__aws_as = ($env.__aws_as | merge { prompt: $prompt, wrapper: $wrapper })
  $env.PROMPT_COMMAND = $wrapper
}

# Puts ours around the prompt, unless it is there.
def --env __aws_as_refresh [] {
  if "__aws_as" in $env and $env.PROMPT_COMMAND? != $env.__aws_as.wrapper { __aws_as_wrap $env.PROMPT_COMMAND? }
}

def --env __aws_as_start [] {
  let prompt = __aws_as_own_prompt
  let hooks = __aws_as_own_hooks
  let hook = {|| __aws_as_refresh }
  $env.__aws_as = { kept: ($env.__aws_as?.kept? | default {}), hook: $hook }
  $env.config.hooks.pre_prompt = ($hooks | append $hook)
  __aws_as_wrap $prompt
}

# Starts the program.
def --wrapped __aws_as_program [...words: string] {
  ^AWS_AS_PART_PROGRAM ...$words
}

# The words of a switch; null where the program itself is meant. A command's input goes to its first statement, so the
# caller has room for no other.
def __aws_as_wish [words: list<string>] {
  let first = if ($words | is-empty) { "" } else { $words | first }
  if $first in ["--" "use"] {
    $words | skip 1
  } else if $first == "-" or not ($first == "" or $first in AWS_AS_PART_VERBS or ($first | str starts-with "-")) {
    $words
  }
}

# What is to be done with the program's answer, which is data and is never run.
def __aws_as_plan [answer: record] {
  let before = $env.__aws_as.kept
  let known = $answer.keep | where {|name| $name in $env } | reduce --fold $before {|name, all|
    $all | upsert $name ($env | get $name)
  }
  let returned = $answer.restore | where {|name| $name in $known } | reduce --fold {} {|name, all|
    $all | insert $name ($known | get $name)
  }
  let kept = $answer.forget | append $answer.restore | where {|name| $name in $known } | reduce --fold $known {|name, all|
    $all | reject $name
  }
  { unset: $answer.unset, set: ($answer.set | merge $returned), kept: $kept }
}

# hide-env takes away one copy of a variable, and nushell makes more of them as commands with --env call each other:
# so it is repeated, and done by those that a person calls.

# A failing program ends these two with its status, and nushell then prints nothing of its own. (Not so in the middle of
# a pipeline, where older versions go on.)
def --env --wrapped aws-as [...words: string] {
  if (__aws_as_wish $words) == null {
    __aws_as_program ...$words
  } else {
    let answer = __aws_as_program switch nu ...(__aws_as_wish $words)
    let plan = __aws_as_plan ($answer | from json)
    for name in $plan.unset { for turn in 1..9 { hide-env --ignore-errors $name } }
    load-env $plan.set
    $env.__aws_as.kept = $plan.kept
    __aws_as_refresh
  }
}

# A command cannot hide commands from whoever calls it. Hooks that are strings can, so the last of ours go at the next prompt.
def --env aws-as-deactivate [
  --keep-creds  # leave the credentials of the identity in the environment
] {
  let plan = if $keep_creds { { unset: [], set: {} } } else {
    let answer = __aws_as_program switch nu --leave
    __aws_as_plan ($answer | from json)
  }
  for name in $plan.unset { for turn in 1..9 { hide-env --ignore-errors $name } }
  load-env $plan.set
  let prompt = __aws_as_own_prompt
  if $prompt == null {
    for turn in 1..9 { hide-env --ignore-errors PROMPT_COMMAND }
  } else {
    $env.PROMPT_COMMAND = $prompt
  }
  $env.config.hooks.pre_prompt = (__aws_as_own_hooks | append [
    '$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | where {|each| ($each | describe) != "string" or not ($each | str contains "__aws_as_") })'
    "hide aws-as; hide aws-as-deactivate; hide __aws_as_wrapper; hide __aws_as_prefix; hide __aws_as_own_prompt; hide __aws_as_own_hooks; hide __aws_as_wrap; hide __aws_as_refresh; hide __aws_as_start; hide __aws_as_program; hide __aws_as_wish; hide __aws_as_plan"
  ])
  for turn in 1..9 { hide-env --ignore-errors __aws_as }
}

__aws_as_start
