#!/bin/sh
# Make the virtual environment $1 with symnum and all its extras in it; called by the Makefile.
# PYTHON chooses the interpreter; without it the first Python >= 3.11 on the path is taken.
set -eu

folder=${1:?usage: make_environment.sh FOLDER}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if recent_enough "$PYTHON"; then
            echo "$PYTHON"
            return
        fi
        echo "PYTHON=$PYTHON is not a working Python 3.11 or newer." >&2
        return 1
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if recent_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>&1) || found="no python3 at all"
    {
        echo "symnum needs Python 3.11 or newer; on the path there is: $found."
        echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3),"
        echo "or name one: make PYTHON=/path/to/python3.11 ..."
    } >&2
    return 1
}

make_folder() {
    if ! "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        version=$(version_of "$1")
        {
            echo "$1 (Python $version) cannot make virtual environments: its modules venv and ensurepip are missing."
            echo "They are in a system package of their own:"
            echo "    Debian, Ubuntu:  apt install python3-venv   (or python$version-venv)"
            echo "    Alpine:          apk add py3-pip            openSUSE:  zypper install python3-pip"
            echo "Install it and call make again, or name another Python: make PYTHON=/path/to/python3.11 ..."
        } >&2
        exit 1
    fi
    "$1" -m venv "$folder"
}

if ! recent_enough "$folder/bin/python" || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making the environment $folder with $python (Python $(version_of "$python"))." >&2
    make_folder "$python"
fi
echo "Installing symnum and its dependencies into $folder (about a minute, once)." >&2
# Modules are compiled as they are first imported, rather than all of them now: that would double the time.
"$folder/bin/python" -m pip install -qq --no-compile --disable-pip-version-check --editable '.[all]'
