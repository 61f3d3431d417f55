@echo off
rem Runs its words without what a project may have set for its own Node.js. Profiles of init begin with it on Windows.
setlocal
set "NODE_OPTIONS="
set "NODE_PATH="
set "NODE_DEBUG="
set "NODE_TLS_REJECT_UNAUTHORIZED="
%*
