#!/bin/sh
# Run the e-graph tests on Python >= 3.12, which has another release of egglog (14) than Python 3.11 (13).
# PYTHON_NEWER names the interpreter; without it pyenv's and the path's are tried. The environment is made in a
# temporary folder and removed; EGRAPH_VENV names a folder to keep it in. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."

newer() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_newer() {
    for candidate in ${PYTHON_NEWER:-} "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python python3.14 python3.13 python3.12 python3; do
        if newer "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "There is no Python >= 3.12 here. Name one: make test-egraph-newer PYTHON_NEWER=/path/to/python3.12" >&2
    return 1
}

python=$(find_newer)
folder=${EGRAPH_VENV:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
if [ ! -x "$folder/bin/python" ]; then
    "$python" -m venv "$folder"
fi
"$folder/bin/python" -m pip install -qq --disable-pip-version-check '.[egraph]' 'pytest>=8.3' 'hypothesis>=6.112'
"$folder/bin/python" -m pip uninstall -qq -y symnum-modeling # the tree itself is tested
"$folder/bin/python" -c 'import sys; from importlib.metadata import version; print("Python", sys.version.split()[0], "egglog", version("egglog"))'
PYTHONPATH=. "$folder/bin/python" -m pytest -p no:cacheprovider -q tests/rewriters/test_egraph_*.py -m "not slow" "$@"
