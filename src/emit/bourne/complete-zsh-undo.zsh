# Run before each prompt, since compinit may come after activation, and again. A completion that was there before comes
# back when we leave, unless somebody has put something newer in our place.
function __aws_as_register {
  (( ${+_comps} )) || return 0
  typeset -gA __aws_as_comps
  local name
  for name in aws-as aws-as-deactivate; do
    if (( ! ${+__aws_as_comps[$name]} )); then
      __aws_as_comps[$name]=${_comps[$name]-}
    elif (( ${+_comps[$name]} )); then
      continue
    fi
    _comps[$name]=__aws_as_complete
  done
}

function __aws_as_uncomplete {
  local name
  for name in ${(k)__aws_as_comps}; do
    if [[ ${_comps[$name]-} == __aws_as_complete ]]; then
      _comps[$name]=$__aws_as_comps[$name]
      [[ -n ${_comps[$name]} ]] || unset "_comps[$name]"
    fi
  done
  unset __aws_as_comps
  unset -f __aws_as_complete __aws_as_register __aws_as_uncomplete
}
