# shellcheck shell=bash
# bash: its own part of the functions.
