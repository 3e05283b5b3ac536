#!/bin/sh
# Builds .venv in the project's root and installs one hashed lock file into it.
#
#   scripts/bootstrap.sh requirements/dev.txt
#
# Needs a Python of at least 3.11 and nothing else: plain pip does the work,
# uv (if it is on the PATH) does the same work faster.
set -eu

lock=$1
cd "$(dirname "$0")/.."
venv=.venv

fail() {
    echo "setup: $*" >&2
    exit 1
}

# A pyenv shim answers "command -v" without being a Python, so every candidate has to run.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found (looked for: ${PYTHON:-python3, python3.14 ... python3.11}).
Debian 12 or newer, Ubuntu 24.04 or newer: sudo apt-get install -y python3 python3-venv
Elsewhere: install it, or name it with PYTHON=/path/to/python3.11 make setup"
}

has_uv() {
    command -v uv >/dev/null 2>&1
}

usable() {
    "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
        && { has_uv || "$venv/bin/python" -m pip --version >/dev/null 2>&1; }
}

can_make_venv() {
    "$1" -c 'import ensurepip' >/dev/null 2>&1
}

# Debian splits venv off its python3; root may mend that without asking.
install_venv_module() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 0
    echo "setup: installing system packages: python3-venv"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends python3-venv >/dev/null 2>&1 \
        || { apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; } >/dev/null 2>&1 \
        || true
}

make_venv() {
    python=$(find_python)
    can_make_venv "$python" || has_uv || install_venv_module
    if can_make_venv "$python"; then
        # --clear also repairs a folder that an interrupted run left half made.
        "$python" -m venv --clear "$venv"
    elif has_uv; then
        uv venv --quiet --clear --python "$python" "$venv"
    else
        fail "$python cannot make virtual environments (its ensurepip module is missing).
Debian, Ubuntu: sudo apt-get install -y python3-venv
or install uv, then run this again."
    fi
}

usable || make_venv

echo "setup: installing $lock into $venv"
if has_uv; then
    uv pip install --quiet --compile-bytecode --require-hashes --python "$venv/bin/python" -r "$lock"
else
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$lock"
fi
