# The same for an activated tcsh, as parts of functions.csh. A completion that is there already stays, and nothing needs to be
# given back. No `@` around the words, which some people have for history.
complete:
if ("x`complete aws-as`" == x) complete aws-as 'p/*/`env $__aws_as_clear:q $__aws_as_program:q complete csh`/'
if ("x`complete aws-as-deactivate`" == x) complete aws-as-deactivate 'p/*/`env $__aws_as_clear:q $__aws_as_program:q complete csh`/'

uncomplete:
if ("x`complete aws-as`" =~ x*__aws_as_program*) uncomplete aws-as
if ("x`complete aws-as-deactivate`" =~ x*__aws_as_program*) uncomplete aws-as-deactivate
