# tcsh puts the line up to the cursor into COMMAND_LINE, and quotes what it puts in. BSD csh has no completion.
complete aws-as 'p/*/`AWS_AS_PART_PROGRAM complete csh`/';
complete aws-as-deactivate 'p/*/`AWS_AS_PART_PROGRAM complete csh`/';
