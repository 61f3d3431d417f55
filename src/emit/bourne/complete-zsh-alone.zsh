# Without activation: as a text that is evaluated after compinit, or as a file `_aws-as` in a folder of fpath.
if [[ ${funcstack[1]-} == _aws-as ]]; then
  AWS_AS_PART_COMPLETE "$@"
elif (( ${+functions[compdef]} )); then
  compdef AWS_AS_PART_COMPLETE aws-as aws-as-deactivate
fi
