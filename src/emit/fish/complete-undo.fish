# What else completes our two names stays when we leave. fish can only take away all that completes a command, and from
# version 4 on it then never loads the user's own file by itself.
function __aws_as_uncomplete
    set -l others (builtin complete -c aws-as; builtin complete -c aws-as-deactivate)
    set others (string match -v '*__aws_as_complete*' -- $others)
    builtin complete -e -c aws-as -c aws-as-deactivate
    for other in $others
        eval $other
    end
    set -q others[1]; and return
    for folder in $fish_complete_path
        if test -e $folder/aws-as.fish
            builtin source $folder/aws-as.fish
            break
        end
    end
end
