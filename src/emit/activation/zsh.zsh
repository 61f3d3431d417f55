# zsh: the prompt shows psvar, which needs no option and interprets nothing.
