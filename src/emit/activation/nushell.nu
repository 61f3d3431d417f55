# The functions for nushell, which cannot evaluate text: this stands in a file that nushell reads at its start
# (vendor/autoload), so nothing in it may tell of the moment it was written.
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
  let key = $env.AWS_ACCESS_KEY_ID? | default ""
  if ($env.AWS_AS_DISABLE_PROMPT? | default "") != "" {
    ""
  } else if ($env.AWS_AS_IDENTITY? | default "") == "" {
    "(-) "
  } else if $key != ($env.AWS_AS_ACCESS_KEY_ID? | default "") {
    "(?) "
  } else if ($env.AWS_PROFILE? | default "") != "" or ($env.AWS_DEFAULT_PROFILE? | default "") != "" {
    "(?) "
  } else {
    let name = $env.AWS_AS_IDENTITY | str replace --all --regex '[^A-Za-z0-9_+=.,@:/-]' "_"
    let over = try { ($env.AWS_CREDENTIAL_EXPIRATION? | into datetime) <= (date now) } catch { false }
    if $over { $"\(($name) expired) " } else { $"\(($name)) " }
  }
}

# Puts ours around the prompt, unless it is there.
def --env __aws_as_fix [] {
  let prompt = $env.PROMPT_COMMAND?
  if $prompt != $env.__aws_as.wrapper {
    let wrapper = __aws_as_wrapper $prompt
    $env.__aws_as.prompt = $prompt
    $env.__aws_as.wrapper = $wrapper
    $env.PROMPT_COMMAND = $wrapper
  }
}

# Takes ours from the prompt and the hooks, as they are by now.
def --env __aws_as_unfix [] {
  if "__aws_as" in $env {
    let mine = $env.__aws_as
    if $env.PROMPT_COMMAND? == $mine.wrapper {
      if $mine.prompt == null { hide-env PROMPT_COMMAND } else { $env.PROMPT_COMMAND = $mine.prompt }
    }
    $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | where {|hook| $hook != $mine.hook })
  }
}

def --env __aws_as_start [] {
  let kept = if "__aws_as" in $env { $env.__aws_as.kept } else { {} }
  __aws_as_unfix
  let hook = {|| if "__aws_as" in $env { __aws_as_fix } }
  $env.__aws_as = { kept: $kept, prompt: null, wrapper: {}, hook: $hook }
  # Code of a departure that has not come to its prompt is dropped.
  $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | where {|hook|
    ($hook | describe) != "string" or not ($hook | str contains "__aws_as_")
  } | append $hook)
  __aws_as_fix
}

# The words that start the program stand here.
def --wrapped __aws_as_program [...words: string] {
  ^AWS_AS_PART_PROGRAM ...$words
}

# Carries out what the program answered: data, which is never run.
def --env __aws_as_carry_out [answer: record] {
  let before = $env.__aws_as.kept
  let known = $answer.keep | where {|name| $name in $env } | reduce --fold $before {|name, all|
    $all | upsert $name ($env | get $name)
  }
  let dropped = $answer.forget | append $answer.restore
  let returned = $answer.restore | where {|name| $name in $known } | reduce --fold {} {|name, all|
    $all | insert $name ($known | get $name)
  }
  let kept = $dropped | where {|name| $name in $known } | reduce --fold $known {|name, all| $all | reject $name }
  hide-env --ignore-errors ...$answer.unset
  load-env $answer.set
  load-env $returned
  $env.__aws_as.kept = $kept
}

# A failing program ends these commands with its status; nushell then prints nothing of its own.
def --env --wrapped aws-as [...words: string] {
  let first = if ($words | is-empty) { "" } else { $words | first }
  if $first == "" or $first in AWS_AS_PART_VERBS or ($first not-in ["-" "--"] and ($first | str starts-with "-")) {
    __aws_as_program ...$words
  } else {
    let wish = if $first in ["--" "use"] { $words | skip 1 } else { $words }
    let answer = __aws_as_program switch nu ...$wish | from json
    __aws_as_carry_out $answer
    __aws_as_fix
  }
}

# A command cannot hide commands from whoever calls it. Hooks that are strings can, so the last of ours go at the next prompt.
def --env aws-as-deactivate [
  --keep-creds  # leave the credentials of the identity in the environment
] {
  if not $keep_creds {
    let answer = __aws_as_program switch nu --leave | from json
    __aws_as_carry_out $answer
  }
  __aws_as_unfix
  hide-env __aws_as
  $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | append [
    r#'$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | where {|hook| ($hook | describe) != "string" or not ($hook | str contains "__aws_as_") })'#
    "hide aws-as; hide aws-as-deactivate; hide __aws_as_wrapper; hide __aws_as_prefix; hide __aws_as_fix; hide __aws_as_unfix; hide __aws_as_start; hide __aws_as_program; hide __aws_as_carry_out"
  ])
}

__aws_as_start
