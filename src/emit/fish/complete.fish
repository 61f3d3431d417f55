# What fish does where TAB is pressed: the program prints the words that can stand there, with a tab before the
# description, one per line. Which of them fit, and how they are quoted, is for fish.
function AWS_AS_PART_COMPLETE
  builtin set -l words (builtin commandline -opc)
  builtin set -l current (builtin commandline -ct)
  AWS_AS_PART_PROGRAM complete fish $words "$current" 2>/dev/null
end
builtin complete -c aws-as -c aws-as-deactivate -f -k -a '(AWS_AS_PART_COMPLETE)'
