# The functions for xonsh: plain Python, evaluated by execx. What the program says is data, and none of it is run. The names
# in here are the function's own, so a session sees nothing of them but two aliases, two event handlers and a formatter.
def __aws_as_activate():
    import json
    import os
    import re
    import signal
    import subprocess
    import sys
    import threading
    import time
    from xonsh.procs.proxies import ProcProxy, ProcProxyThread

    session = __xonsh__
    env = session.env
    aliases = session.aliases
    events = session.builtins.events
    program = [AWS_AS_PART_PROGRAM]
    verbs = {AWS_AS_PART_VERBS}
    notes = {"memory": "AWS_AS_PART_MEMORY", **AWS_AS_PART_NOTES}
    # xonsh makes known, for good, what looks like a path.
    def cleared():
        return {name: "" for name in [AWS_AS_PART_CLEARED] if name in env}

    kept = {}
    prompting = threading.local()

    # Activated before: that one goes, and what it has kept stays.
    # An alias comes wrapped in newer versions; an event gives its very handlers.
    for former in [each.__aws_as__ for each in events.on_pre_prompt_format if hasattr(each, "__aws_as__")]:
        former["leave"]()
        kept.update(former["kept"])
        notes["memory"] = former["notes"]["memory"]

    # The prompt. $PROMPT itself is left alone, as every program gets it in its environment. xonsh hands what it made of it
    # to $PROMPT_TOKENS_FORMATTER, which programs do not get, and which knows what it was made of. Other tools may
    # wrap ours in turn: then we are in there twice, and only the outermost speaks.

    # Who this shell acts as. Starts no process, and looks only at what programs would get.
    def prefix():
        get = env.detype().get
        identity = get("AWS_AS_IDENTITY")
        key = get("AWS_ACCESS_KEY_ID")
        if get("AWS_AS_DISABLE_PROMPT"):
            return ""
        if not identity:
            return "(-) "
        if key != get("AWS_AS_ACCESS_KEY_ID") or get("AWS_PROFILE") or get("AWS_DEFAULT_PROFILE"):
            return "(?) "
        # If not by these functions, it was switched by `aws-as env NAME --shell xonsh`.
        name = identity if re.fullmatch("[A-Za-z0-9_+=.,@:/-]+", identity) else "?"
        if identity == notes.get("of"):
            name = notes["shown"]
        # Times in one form compare as texts.
        end = get("AWS_CREDENTIAL_EXPIRATION", "")
        if re.fullmatch("....-..-..T..:..:...*Z", end) and end <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
            name += " expired"
        if ":protected=" not in get("AWS_AS_MARKS", ""):
            return "(" + name + ") "
        # The words in braces become colours with those of the prompt.
        if get("NO_COLOR") or get("TERM") == "dumb":
            return "(" + name + " protected) "
        return "{RED}(" + name + "){RESET} "

    def formatter_around(own, was_set):
        def formatter(tokens):
            isours = formatter.active and tokens.template is env.get("PROMPT") and not getattr(prompting, "within", False)
            if not isours:
                return own(tokens)
            prompting.within = True
            try:
                return prefix() + own(tokens)
            finally:
                prompting.within = False

        formatter.active = True
        formatter.own = own
        formatter.was_set = was_set
        return formatter

    formatters = []

    def wrap(**_):
        renew()
        own = env["PROMPT_TOKENS_FORMATTER"]
        if own not in formatters:
            formatters.append(formatter_around(own, env.is_manually_set("PROMPT_TOKENS_FORMATTER")))
            env["PROMPT_TOKENS_FORMATTER"] = formatters[-1]

    def unwrap():
        current = env["PROMPT_TOKENS_FORMATTER"]
        for formatter in formatters:
            formatter.active = False
        if current in formatters:
            if current.was_set:
                env["PROMPT_TOKENS_FORMATTER"] = current.own
            else:
                del env["PROMPT_TOKENS_FORMATTER"]

    # Runs the program, and carries out what it answers.
    def run(words, stdin, stderr):
        # Ctrl-C is the program's, which ends its question in good order. xonsh runs us elsewhere than in the main thread
        # only in the middle of a pipeline.
        ismain = threading.current_thread() is threading.main_thread()
        interrupt = signal.signal(signal.SIGINT, lambda *_: None) if ismain else None
        try:
            child = subprocess.Popen(
                [*program, "switch", "xonsh", *words],
                env={**env.detype(), **cleared(), "AWS_AS_MEMORY": notes["memory"]},
                stdin=descriptor(stdin),
                stdout=subprocess.PIPE,
                stderr=descriptor(stderr),
            )
            answer = child.communicate()[0]
        finally:
            if ismain:
                signal.signal(signal.SIGINT, interrupt)
        if child.returncode == 0:
            carry_out(json.loads(answer))
        return child.returncode if child.returncode >= 0 else 128 - child.returncode

    # The program gets the very streams that xonsh has for the command; None is xonsh's own.
    def descriptor(stream):
        try:
            return stream.fileno()
        except (AttributeError, OSError, ValueError):
            return None

    def carry_out(changes):
        for name in changes.get("keep", []):
            kept[name] = env[name]
        for name in changes.get("forget", []):
            kept.pop(name, None)
        for name in changes["unset"]:
            env.pop(name, None)
        for name, value in changes.get("set", {}).items():
            env[name] = value
        for name in changes.get("restore", []):
            if name in kept:
                env[name] = kept.pop(name)
        notes.update(changes.get("note", {}))

    # `aws-as` is an alias of the program itself, so commands of the program are to xonsh as any other program: pipes, job
    # control, capturing. Words that are a switch become a function's call when xonsh is about to start the program.
    # Without a word it lets a person choose.
    def is_switch(words):
        first = words[0] if words else ""
        return bool(re.fullmatch("-{0,2}|-p|--previous|--(region|limit|policy)(=.*)?", first)) or not (first in verbs or first.startswith("-"))

    def switch(args, stdin=None, stdout=None, stderr=None):
        if args == ["-"]:
            return run_back(args, stdin, stderr)
        first = args[0] if args else ""
        if first == "renew":
            args = ["--renew", *args[1:]]
        return run(args[1:] if first == "use" else args, stdin, stderr)

    # Before a prompt: when the credentials are about to end, the program renews them, without a question. A try in ten
    # minutes is all that it costs. The program itself says why one has failed, and when to try again; where it does not run
    # at all, that was the last one.
    def renew():
        now = int(time.time())
        if not notes.get("renew") or now < int(notes["renew"]):
            return
        get = env.detype().get
        isours = get("AWS_AS_IDENTITY") == notes.get("of") and get("AWS_ACCESS_KEY_ID") == get("AWS_AS_ACCESS_KEY_ID")
        if not isours or get("AWS_PROFILE") or get("AWS_DEFAULT_PROFILE") or get("AWS_AS_RENEW") == "0":
            return
        notes["renew"] = str(now + 600)
        try:
            status = run(["--due"], None, None)
        except OSError:
            status = 127
        if status not in (0, 130):
            notes["renew"] = ""

    # For what leads to nobody, where the program may be gone, or Node: then what we have set is taken back here. What was
    # displaced stays away: only the program knows whether it is still in force.
    def run_back(words, stdin, stderr):
        try:
            status = run(words, stdin, stderr)
        except OSError:
            status = 127
        # What a missing program and a missing Node end with.
        if status not in (1, 126, 127):
            return status
        if "AWS_AS_IDENTITY" in env and env.get("AWS_ACCESS_KEY_ID") == env.get("AWS_AS_ACCESS_KEY_ID"):
            carry_out({"unset": [AWS_AS_PART_CREDENTIALS]})
        for name in [AWS_AS_PART_REGIONS]:
            if "AWS_AS_REGION" in env and env.get(name) == env["AWS_AS_REGION"]:
                carry_out({"unset": [name]})
        carry_out({"unset": [AWS_AS_PART_MARKS]})
        print("aws-as: AWS_AS_PART_ALONE", file=stderr or sys.stderr)
        return 0

    def before_program(spec=None, **_):
        if spec.cmd[1:len(program)] != program[1:]:
            return
        if not is_switch(spec.cmd[len(program):]):
            # The program hears which version made these functions, and `doctor` tells when they are older than it is.
            spec.env = {**(spec.env or {}), **cleared(), "AWS_AS_FUNCTIONS": "AWS_AS_PART_VERSION"}
            return
        spec.cmd = spec.cmd[len(program):]
        spec.alias = switch
        spec.is_proxy = True
        # In the main thread Ctrl-C and the terminal are as they should be; but there xonsh runs no part of a pipeline.
        if spec.last_in_pipeline and spec.pipeline_index == 0 and not spec.threadable:
            spec.cls = ProcProxy
        else:
            spec.cls = ProcProxyThread
            spec.threadable = True
            # It reads what it has captured of a thread, so there has to be something.
            if spec.last_in_pipeline and spec.captured_stdout is None:
                spec.captured_stdout = open(os.devnull)
            if spec.last_in_pipeline and spec.captured_stderr is None:
                spec.captured_stderr = open(os.devnull)

    def deactivate(args, stdin=None, stdout=None, stderr=None):
        if args == []:
            status = run_back(["--leave"], stdin, stderr)
            if status != 0:
                return status
        elif args != ["--keep-creds"]:
            print("usage: aws-as-deactivate [--keep-creds]", file=stderr or sys.stderr)
            return 2
        leave()
        for name in ("aws-as", "aws-as-deactivate"):
            aliases.pop(name, None)
        return 0

    before_program_name = "on_pre_spec_run_" + os.path.basename(program[0])
    was_event = events.exists(before_program_name)

    def leave():
        unwrap()
        events.on_pre_prompt_format.discard(wrap)
        event = getattr(events, before_program_name)
        event.discard(before_program)
        if not was_event and len(event) == 0:
            delattr(events, before_program_name)


    # In a thread of its own xonsh would lose what the program says.
    deactivate.__xonsh_threadable__ = False
    wrap.__aws_as__ = {"leave": leave, "kept": kept, "notes": notes}
    events.on_pre_prompt_format(wrap)
    getattr(events, before_program_name)(before_program)
    aliases["aws-as"] = program
    aliases["aws-as-deactivate"] = deactivate

__aws_as_activate()
del __aws_as_activate
