# Run before each prompt, since compinit may come after activation, and again. A completion that was there before comes
# back when we leave, unless somebody has put something newer in our place.
function __aws_as_register {
  \emulate -L zsh
  (( ${+_comps} )) || \return 0
  \builtin typeset -gA __aws_as_completed
  \builtin local name
  for name in aws-as aws-as-deactivate; do
    if (( ! ${+__aws_as_completed[$name]} )); then
      __aws_as_completed[$name]=${_comps[$name]-}
      _comps[$name]=__aws_as_complete
    elif (( ! ${+_comps[$name]} )); then
      _comps[$name]=__aws_as_complete
    fi
  done
}

function __aws_as_uncomplete {
  \builtin local name
  for name in ${(k)__aws_as_completed}; do
    [[ ${_comps[$name]-} == __aws_as_complete ]] || \continue
    _comps[$name]=$__aws_as_completed[$name]
    [[ -n ${_comps[$name]} ]] || \unset "_comps[$name]"
  done
  \unset __aws_as_completed
  \unset -f __aws_as_complete __aws_as_register __aws_as_uncomplete
}
