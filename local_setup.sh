#!/usr/bin/env bash
# Local models: install Ollama if needed, start it, pull the models in litellm_config.yaml, and test each one.
set -euo pipefail

cd "$(dirname "$0")"
CONFIG=litellm_config.yaml
INSTALLER=https://ollama.com/install.sh
PATIENCE_S=${OLLAMA_PATIENCE_S:-30}

usage() {
  cat <<'TEXT'
Usage: ./local_setup.sh [--check | --help]

Sets up the local models in litellm_config.yaml. You can run it again at any time.
  1. Installs Ollama if it is missing (Linux: its official script, macOS: brew).
  2. Starts `ollama serve` if nothing responds at OLLAMA_BASE_URL (default http://localhost:11434).
  3. Pulls the models.
  4. Asks each model for one word.

  --check   Only check what is set up. Exit code 0: everything, 1: something is missing.
TEXT
}

say() { printf '%s\n' "$*"; }
fail() { printf '✗ %s\n' "$*" >&2; exit 1; }

setting() { # the value of $1 in the environment, else in .env, else nothing
  if [ -n "${!1:-}" ]; then
    printf '%s' "${!1}"
  elif [ -r .env ]; then
    sed -n -E "s/^(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*[\"']?([^\"'#[:space:]]*).*/\2/p" .env | tail -n 1
  fi
}

models() { sed -n -E 's/^ *model: *ollama_chat\/([^ #]+).*/\1/p' "$CONFIG" | sort -u; }
answers() { curl --silent --fail --max-time 3 "$BASE/api/tags" >/dev/null 2>&1; }
# `llama3.1` and `llama3.1:latest` are the same model to Ollama.
is_pulled() { # $1: model
  local full=$1
  case $full in *:*) ;; *) full="$full:latest" ;; esac
  curl --silent --fail --max-time 5 "$BASE/api/tags" | grep -q -E "\"name\" *: *\"${full//./\\.}\""
}

check() {
  local missing=0 model
  if command -v ollama >/dev/null; then say "✓ Ollama is installed"; else say "✗ Ollama is not installed"; missing=1; fi
  if answers; then say "✓ Ollama responds at $BASE"; else say "✗ Ollama does not respond at $BASE"; missing=1; fi
  for model in $MODELS; do
    if is_pulled "$model"; then say "✓ $model is pulled"; else say "✗ $model is not pulled"; missing=1; fi
  done
  [ "$missing" = 0 ] || say "Run ./local_setup.sh to fix this."
  return "$missing"
}

install_ollama() {
  if command -v ollama >/dev/null; then say "✓ Ollama is installed"; return; fi
  case $(uname -s) in
    Linux)
      say "Installing Ollama with its official script ($INSTALLER) ..."
      # Fetched whole before it runs: a broken download must not run half of it.
      local script; script=$(mktemp)
      # shellcheck disable=SC2064  # the name is wanted as it is now
      trap "rm -f '$script'" EXIT
      curl --fail --silent --show-error --location --output "$script" "$INSTALLER" || fail "The installer can't be downloaded from $INSTALLER. Check the network, or install Ollama yourself (https://ollama.com/download)."
      sh "$script" || fail "Ollama's installer failed. Install Ollama yourself (https://ollama.com/download), then run this again."
      ;;
    Darwin)
      command -v brew >/dev/null || fail "Install Ollama from https://ollama.com/download (or install Homebrew), then run this again."
      brew install ollama || fail "brew could not install Ollama. Install it from https://ollama.com/download."
      ;;
    *) fail "Install Ollama from https://ollama.com/download, then run this again." ;;
  esac
  hash -r
  command -v ollama >/dev/null || fail "Ollama was installed, but ollama is not on PATH. Open a new terminal and run this again."
  say "✓ Ollama is installed"
}

start_ollama() {
  local log pid waited=0
  if answers; then say "✓ Ollama responds at $BASE"; return; fi
  case $BASE in
    http://localhost*|http://127.0.0.1*) ;;
    *) fail "Ollama does not respond at $BASE, which is not on this machine. Start it there, or change OLLAMA_BASE_URL." ;;
  esac
  mkdir -p var
  log=$PWD/var/ollama.log
  say "Starting Ollama (log: $log) ..."
  OLLAMA_HOST=${BASE#http://} nohup ollama serve >"$log" 2>&1 </dev/null &
  pid=$!
  until answers; do
    # What we started and what does not work is not left behind.
    # Asked once more, since it may hand over to a server that runs already, or have come up meanwhile.
    if ! kill -0 "$pid" 2>/dev/null; then
      answers && break
      fail "ollama serve stopped right away: $(tail -n 3 "$log" | tr '\n' ' ')"
    fi
    if [ "$waited" -ge "$PATIENCE_S" ]; then kill "$pid" 2>/dev/null || true; fail "Ollama did not respond at $BASE within $PATIENCE_S s. See $log"; fi
    sleep 1
    waited=$((waited + 1))
  done
  say "✓ Ollama responds at $BASE"
}

pull() { # $1: model. An interrupted pull resumes where it stopped, so nothing has to be undone.
  if is_pulled "$1"; then say "✓ $1 is pulled"; return; fi
  say "Pulling $1 (several GB, only once) ..."
  OLLAMA_HOST=${BASE#http://} ollama pull "$1" || fail "$1 could not be pulled. Check the network and free disk space, then run this again."
  is_pulled "$1" || fail "Ollama reported that it pulled $1 but does not list it. See ollama list"
  say "✓ $1 is pulled"
}

verify() { # $1: model
  local reply
  reply=$(curl --silent --fail --max-time 300 "$BASE/api/generate" \
    -d "{\"model\":\"$1\",\"prompt\":\"Say ready.\",\"stream\":false,\"options\":{\"num_predict\":8}}") ||
    fail "$1 does not respond. Is there enough memory for it? See ollama ps and ollama run $1"
  case $reply in
    *'"response"'*) say "✓ $1 responds" ;;
    *) fail "$1 returned a response without text: $reply" ;;
  esac
}

case ${1:-} in
  --help|-h) usage; exit 0 ;;
  ''|--check) ;;
  *) usage >&2; exit 2 ;;
esac

command -v curl >/dev/null || fail "curl is required. Install it first."
BASE=$(setting OLLAMA_BASE_URL)
BASE=${BASE:-http://localhost:11434}
BASE=${BASE%/}
MODELS=$(models)
[ -n "$MODELS" ] || fail "$CONFIG lists no ollama_chat model."

if [ "${1:-}" = --check ]; then
  check && exit 0
  exit 1
fi
install_ollama
start_ollama
for model in $MODELS; do
  pull "$model"
  verify "$model"
done
say "Local models are ready. The next analysis will use them."
