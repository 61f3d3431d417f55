# The functions for nushell. It evaluates no text, but for hooks that are strings: they are run once, before the next
# prompt, as if they had been typed. A person may also keep this text in a file and `source` it, so nothing in it tells
# of the moment it was written.
#
# $env.__aws_as is all that we remember. A record is not handed to programs, so a shell started from this one begins anew.
#   kept: values of environment variables that a switch displaced, by name
#   memory: what the program wants to be told with the next switch
#   gone: variables that are to be hidden before the next prompt
#   renew: from when the program is to be asked for new credentials, in seconds since 1970; null: never
#   prompt: the prompt around which ours stands; null where there was none
#   wrapper: our prompt, to know it by
#
# hide-env alone would not do for secrets: nushell keeps the value of what it hides, and shows it again once some
# overlay (a Python environment, say) was used and left; where an overlay is in use it may hide nothing at all. So a
# variable is first set to null, which programs do not get, and hidden by a hook when that has been stored.

# A closure that shows the prefix in front of the given prompt. Other tools wrap it in turn and keep the copy: then
# we are in there twice, and only the outermost speaks. When we are gone, nobody does.
def __aws_as_wrapper [prompt: any] {
  {||
    let prefix = if $env.__aws_as? != null and "__aws_as_within" not-in $env { __aws_as_prefix } else { "" }
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
    let shown = if $over { $"($name) expired" } else { $name }
    if not (($env.AWS_AS_MARKS? | default "") =~ ':protected=') {
      $"\(($shown)) "
    } else if ($env.NO_COLOR? | default "") == "" {
      $"(ansi red)\(($shown))(ansi reset) "
    } else {
      $"\(($shown) protected) "
    }
  }
}

# The prompt without ours, as it is by now.
def __aws_as_own_prompt [] {
  let prompt = $env.PROMPT_COMMAND?
  if $env.__aws_as? != null and $prompt == $env.__aws_as.wrapper { $env.__aws_as.prompt } else { $prompt }
}

# The hooks without ours: records with a mark, and this text itself.
def __aws_as_own_hooks [] {
  $env.config.hooks.pre_prompt | where {|hook|
    let kind = $hook | describe
    not (($kind starts-with "record" and "__aws_as" in $hook) or ($kind == "string" and $hook =~ "__aws_as_"))
  }
}

def --env __aws_as_wrap [prompt: any] {
  let wrapper = __aws_as_wrapper $prompt
  $env.__aws_as = ($env.__aws_as | merge { prompt: $prompt, wrapper: $wrapper })
  $env.PROMPT_COMMAND = $wrapper
}

# Puts ours around the prompt, unless it is there.
def --env __aws_as_fix [] {
  if $env.PROMPT_COMMAND? != $env.__aws_as.wrapper { __aws_as_wrap $env.PROMPT_COMMAND? }
}

# Hides variables that are null. Where that uncovers a value from below an overlay, null goes on top of it again.
def --env __aws_as_hide [names: list<string>] {
  for name in $names {
    if $name in $env and ($env | get $name) == null {
      hide-env $name
      if $name in $env { load-env ({} | insert $name null) }
    }
  }
}

# What is done before each prompt.
def --env __aws_as_refresh [] {
  if $env.__aws_as? != null {
    let gone = $env.__aws_as.gone
    if ($gone | is-not-empty) {
      $env.__aws_as.gone = []
      __aws_as_hide $gone
    }
    __aws_as_renew
    __aws_as_fix
  }
}

def __aws_as_now [] { date now | format date "%s" | into int }

# Before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten
# minutes is all that it costs. The program itself says why one has failed, and when to try again; where it does not run
# at all, that was the last one.
def --env __aws_as_renew [] {
  let at = $env.__aws_as.renew
  let is_ours = $env.AWS_AS_IDENTITY? != null and $env.AWS_ACCESS_KEY_ID? == $env.AWS_AS_ACCESS_KEY_ID?
  let profile = $"($env.AWS_PROFILE?)($env.AWS_DEFAULT_PROFILE?)"
  if $at != null and $is_ours and $profile == "" and $env.AWS_AS_RENEW? != "0" and (__aws_as_now) >= $at {
    let status = $env.LAST_EXIT_CODE?
    let next = (__aws_as_now) + 600
    let answer = try { __aws_as_program switch nu --due } catch { "" }
    $env.__aws_as.renew = if $answer != "" or $env.LAST_EXIT_CODE? == 130 { $next } else { null }
    if $answer != "" {
      __aws_as_carry_out (__aws_as_plan ($answer | from json))
    }
    if $status != null { $env.LAST_EXIT_CODE = $status }
  }
}

def --env __aws_as_carry_out [plan: record] {
  load-env $plan.set
  $env.__aws_as = ($env.__aws_as | merge { kept: $plan.kept, memory: $plan.memory, renew: $plan.renew })
  $env.__aws_as.gone = ($env.__aws_as.gone | append $plan.gone)
}

def --env __aws_as_start [] {
  let prompt = __aws_as_own_prompt
  let hooks = __aws_as_own_hooks
  # Of credentials that this shell was started with. The program, once it is asked, knows better.
  let renew = try { ($env.AWS_CREDENTIAL_EXPIRATION | into datetime | format date "%s" | into int) - 1200 } catch { null }
  let start = { kept: {}, gone: [], renew: $renew, memory: (if $nu.pid == AWS_AS_PART_PARENT { "AWS_AS_PART_MEMORY" } else { "" }) }
  let mine = $env.__aws_as? | default $start
  $env.__aws_as = ($mine | select kept gone renew memory)
  $env.config.hooks.pre_prompt = ($hooks | append { __aws_as: true, code: {|| __aws_as_refresh } })
  __aws_as_wrap $prompt
}

# Starts the program. It hears which version made these functions, and `doctor` tells when they are older than it is.
def --wrapped __aws_as_program [...words: string] {
  with-env {
    AWS_AS_PART_CLEARED
    AWS_AS_FUNCTIONS: "AWS_AS_PART_VERSION"
    AWS_AS_MEMORY: ($env.__aws_as?.memory? | default "")
  } { ^AWS_AS_PART_PROGRAM ...$words }
}

# The words of a switch; null where the program itself is meant. A command's input goes to its first statement, so the
# caller has room for no other.
def __aws_as_wish [words: list<string>] {
  let first = if ($words | is-empty) { "" } else { $words | first }
  if $first in ["--" "use"] {
    $words | skip 1
  } else if $first == "renew" {
    ["--renew" ...($words | skip 1)]
  } else if $first =~ '^(-?|-p|--previous|--(region|limit|policy)(=.*)?)$' or not ($first in AWS_AS_PART_VERBS or ($first | str starts-with "-")) {
    # Without a word it lets a person choose.
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
  let gone = $answer.unset | where {|name| $name in $env and $name not-in $returned }
  let nothing = $gone | reduce --fold {} {|name, all| $all | insert $name null }
  let memory = $answer.note.memory? | default $env.__aws_as.memory
  let due = $answer.note.renew?
  let renew = if $due == null { $env.__aws_as.renew } else if $due == "" { null } else { $due | into int }
  { kept: $kept, gone: $gone, memory: $memory, renew: $renew, set: ($nothing | merge $answer.set | merge $returned) }
}

# The same for what leads to nobody. Where the program is gone, or Node, what we have set is taken back here; what was
# displaced stays away: only the program knows whether it is still in force.
def __aws_as_plan_back [word: string] {
  let answer = if ([AWS_AS_PART_LIST] | all {|file| $file | path exists }) {
    __aws_as_program switch nu $word
  } else {
    print --stderr "aws-as: AWS_AS_PART_ALONE"
    let is_ours = $env.AWS_AS_IDENTITY? != null and $env.AWS_ACCESS_KEY_ID? == $env.AWS_AS_ACCESS_KEY_ID?
    let regions = [AWS_AS_PART_REGIONS] | where {|name|
      $env.AWS_AS_REGION? != null and ($env | get --optional $name) == $env.AWS_AS_REGION?
    }
    let keys = if $is_ours { [AWS_AS_PART_CREDENTIALS] } else { [] }
    { keep: [], forget: [], unset: [...$keys ...$regions AWS_AS_PART_MARKS], set: {}, restore: [], note: {} } | to json
  }
  __aws_as_plan ($answer | from json)
}

# What stands before a TAB: names and commands. Options are nushell's own to complete, and it knows none of these.
def __aws_as_complete [line: string, position: int] {
  __aws_as_program complete nu ($line | str substring 0..<$position) | lines | each {|line|
    let parts = $line | split row "\t"
    { value: $parts.0, description: ($parts.1? | default "") }
  }
}

# A failing program ends these two with its status, and nushell then prints nothing of its own. (Not so in the middle of
# a pipeline, where older versions go on.)
def --env --wrapped aws-as [...words: string@__aws_as_complete] {
  if (__aws_as_wish $words) == null {
    __aws_as_program ...$words
  } else {
    let plan = if $words == ["-"] { __aws_as_plan_back "-" } else {
      let answer = __aws_as_program switch nu ...(__aws_as_wish $words)
      __aws_as_plan ($answer | from json)
    }
    __aws_as_carry_out $plan
    __aws_as_fix
  }
}

# A command cannot hide commands from whoever calls it. Hooks that are strings can, so the last of ours go at the next prompt.
def --env aws-as-deactivate [
  --keep-creds  # leave the credentials of the identity in the environment
] {
  let plan = if $keep_creds { { gone: [], set: {} } } else { __aws_as_plan_back "--leave" }
  load-env $plan.set
  let gone = [...$env.__aws_as.gone ...$plan.gone "PROMPT_COMMAND" "__aws_as"]
  $env.config.hooks.pre_prompt = [
    ...(__aws_as_own_hooks)
    {
      __aws_as: true
      code: {||
        $env.config.hooks.pre_prompt = (__aws_as_own_hooks)
        __aws_as_hide $gone
      }
    }
    {
      __aws_as: true
      code: "hide aws-as; hide aws-as-deactivate; hide __aws_as_wrapper; hide __aws_as_prefix; hide __aws_as_own_prompt; hide __aws_as_own_hooks; hide __aws_as_wrap; hide __aws_as_fix; hide __aws_as_hide; hide __aws_as_refresh; hide __aws_as_now; hide __aws_as_renew; hide __aws_as_carry_out; hide __aws_as_start; hide __aws_as_program; hide __aws_as_complete; hide __aws_as_wish; hide __aws_as_plan; hide __aws_as_plan_back"
    }
  ]
  $env.PROMPT_COMMAND = (__aws_as_own_prompt)
  $env.__aws_as = null
}

__aws_as_start
