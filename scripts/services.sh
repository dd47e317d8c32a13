#!/usr/bin/env bash
# What some tests need besides Python packages: a browser and a database server, from Debian or Ubuntu. Tests start their own server.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
missing=()
command -v chromium >/dev/null || missing+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
if [ "${#missing[@]}" = 0 ]; then
  echo "chromium and postgresql are there"
  exit
fi
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
